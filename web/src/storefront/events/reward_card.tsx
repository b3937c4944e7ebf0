import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { count, dateTime } from "../../app/format";
import { useNow } from "../../app/use_now";
import { Button } from "../../ui/button";
import { ConditionTree } from "./condition";
import { type Evaluation, ownCondition } from "./evaluation";
import { LineState } from "./line_state";
import { isClaimable, type Line } from "./lines";
import { RefusalOf } from "./refusal";
import { contentOf, useContentText } from "./reward_text";

/** Shows a reward of an event: content, limits, own condition, state of the user's claims, and a button to claim it. */
export function RewardCard({ event, reward, lines, evaluation, refusal, busy, waits, claim }: {
  event: Schemas["Event"];
  reward: Schemas["EventReward"];
  /** Claims of the user for this reward, the newest first. */
  lines: readonly Line[];
  evaluation: Evaluation | undefined;
  refusal: unknown;
  busy: boolean;
  /** Whether another claim is under way. */
  waits: boolean;
  /** Claims the reward; absent before the waiting room. */
  claim: (() => void) | undefined;
}) {
  const { t } = useTranslation("events");
  const content = useContentText();
  const now = useNow();
  const before = reward.valid_from != null && now < Date.parse(reward.valid_from);
  const after = reward.valid_until != null && now >= Date.parse(reward.valid_until);
  const own = evaluation && ownCondition(evaluation);
  const claimable = isClaimable(lines, reward.per_user_limit);
  return (
    <article className="card reward-card">
      <h3>{reward.name}</h3>
      <p>{content(contentOf(reward))}</p>
      <ul className="reward-terms">
        {reward.total_limit != null && <li>{t("terms.total", { total: count(reward.total_limit) })}</li>}
        {reward.pool && <li>{t("terms.pool")}</li>}
        {reward.per_user_limit > 1 && <li>{t("terms.perUser", { limit: count(reward.per_user_limit) })}</li>}
        {reward.review === "manual" && event.review !== "manual" && <li>{t("terms.manual")}</li>}
        {reward.valid_from && before && <li>{t("terms.from", { time: dateTime(reward.valid_from) })}</li>}
        {reward.valid_until && (
          <li>{t(after ? "terms.over" : "terms.until", { time: dateTime(reward.valid_until) })}</li>
        )}
        {reward.expires_at && <li>{t("terms.expires", { time: dateTime(reward.expires_at) })}</li>}
      </ul>
      {reward.condition && own && (
        <details open={own.passed !== true}>
          <summary>{t("terms.condition")}</summary>
          <ConditionTree node={own} />
        </details>
      )}
      {lines.map((line) => (
        <LineState key={line.number} line={line} numbered={lines.length > 1} refused={refusal != null} />
      ))}
      {/* After a lost answer the claim may turn out to be accepted; then its state says more than the failure. */}
      {claimable && <RefusalOf error={refusal} event={event} />}
      <p className="reward-foot">
        {claimable && claim ? (
          <Button
            busy={busy}
            disabled={waits || before || after}
            aria-label={t("rewards.claimOne", { reward: reward.name })}
            onClick={claim}
          >
            {t(lines.length > 0 ? "rewards.again" : "rewards.claim")}
          </Button>
        ) : (
          lines[0]?.status === "granted" && <Link href="/inventory">{t("rewards.toInventory")}</Link>
        )}
      </p>
    </article>
  );
}
