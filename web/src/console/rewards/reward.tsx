import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { dateTime } from "../../app/format";
import { isMissing } from "../../app/query";
import { hasRole, useAccount } from "../../app/session";
import { LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Fact, Facts, Loading, Page } from "../../ui/page";
import { CodesUpload } from "./codes_upload";
import { useContent } from "./parts";
import "./rewards.css";

/** Shows a reward, and takes codes for the pool of a coupon. */
export default function Reward({ id }: { id: string }) {
  const { t } = useTranslation("rewards");
  const content = useContent();
  const writes = hasRole(useAccount(), "OPERATOR");
  const reward = useQuery({
    queryKey: ["rewards", id],
    queryFn: ({ signal }) => client.get("/rewards/{reward_id}", { params: { path: { reward_id: id } }, signal }),
  });
  if (isMissing(reward.error))
    return (
      <Page title={t("reward.missing")}>
        <p>{t("reward.missingAdvice", { id })}</p>
        <LinkButton href="/rewards">{t("reward.toList")}</LinkButton>
      </Page>
    );
  const found = reward.data;
  return (
    <Page
      title={found?.name ?? t("reward.title")}
      actions={
        <>
          <LinkButton look="secondary" href="/dashboards/rewards">
            {t("event.figures")}
          </LinkButton>
          <LinkButton look="secondary" href={`/requests?status=all&reward_id=${id}`}>
            {t("event.requests")}
          </LinkButton>
        </>
      }
    >
      <Failure error={reward.error} retry={() => void reward.refetch()} />
      {!found && !reward.error && <Loading lines={6} />}
      {found && (
        <>
          <Facts>
            <Fact name={t("rewards.type")}>{t(`kind.${found.type}`)}</Fact>
            <Fact name={t("rewards.gives")}>{content(found)}</Fact>
            <Fact name={t("rewards.fulfilment")}>{t(`fulfilment.${found.fulfilment}`)}</Fact>
            {found.type === "COUPON" && (
              <Fact name={t("rewards.expires")}>{found.expires_at ? dateTime(found.expires_at) : t("rewards.never")}</Fact>
            )}
            <Fact name={t("event.created")}>
              {dateTime(found.created_at)}, {found.created_by}
            </Fact>
            <Fact name={t("event.id")}>
              <code>{found.id}</code>
            </Fact>
          </Facts>
          <p className="muted">{t("reward.attachAdvice")}</p>
          {found.pool && writes && <CodesUpload rewardId={id} />}
        </>
      )}
    </Page>
  );
}
