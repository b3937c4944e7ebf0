import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ApiError, type Schemas } from "dibs-client";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { fieldErrors } from "../../app/failure";
import { withIntent } from "../../app/intent";
import { zoneLabel } from "../../app/local_time";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Failure } from "../../ui/error";
import { Checkbox, Field, Select } from "../../ui/field";
import { useList } from "../../ui/list";
import { useToast } from "../../ui/toast";
import { ConditionBuilder } from "./condition/builder";
import { findProblems, joinProblems, placeProblems, type Problems } from "./condition/tree";
import { createBody, draftOf, type Offer, type OfferDraft, updateBody } from "./offer_draft";
import { useContent } from "./parts";

const NO_PROBLEMS: Problems = new Map();

/** Attaches a reward to an event, or changes the terms of an attached one. */
export function OfferForm({
  eventId,
  offer,
  attached,
  onClose,
}: {
  eventId: string;
  /** Attached reward to change; `undefined` to attach one. */
  offer: Offer | undefined;
  /** Ids of the rewards that are attached already. */
  attached: readonly string[];
  onClose: () => void;
}) {
  const { t } = useTranslation(["rewards", "common"]);
  const toast = useToast();
  const cache = useQueryClient();
  const [before] = useState(() => draftOf(offer));
  const [draft, setDraft] = useState(before);
  const [reward, setReward] = useState<Schemas["Reward"]>();
  const [tried, setTried] = useState(false);
  const set = (change: Partial<OfferDraft>) => setDraft((old) => ({ ...old, ...change }));
  const isPool = offer ? offer.pool === true : reward?.pool === true;

  const save = useMutation({
    mutationFn: async () => {
      if (offer) {
        const body = updateBody(before, draft);
        const path = { event_id: eventId, reward_id: offer.reward_id };
        if (Object.keys(body).length > 0)
          await client.patch("/events/{event_id}/rewards/{reward_id}", { params: { path }, body, repeatable: true });
        return;
      }
      const body = createBody(String(reward?.id ?? ""), isPool ? { ...draft, totalLimit: "" } : draft);
      await withIntent(`attach ${eventId} ${JSON.stringify(body)}`, (idempotencyKey) =>
        client.post("/events/{event_id}/rewards", { params: { path: { event_id: eventId } }, body, idempotencyKey }),
      );
    },
    onSuccess: () => {
      toast(offer ? t("offerForm.saved", { name: offer.name }) : t("offerForm.attached", { name: reward?.name ?? "" }));
      onClose();
    },
    // After a refusal, too: the list then shows the terms as they are now.
    onSettled: () => cache.invalidateQueries({ queryKey: ["events", eventId, "rewards"] }),
  });

  const refused = fieldErrors(save.error);
  const own = useMemo(() => (draft.hasCondition ? findProblems(draft.condition) : NO_PROBLEMS), [draft]);
  const problems = joinProblems(
    tried ? own : NO_PROBLEMS,
    save.error instanceof ApiError ? placeProblems(draft.condition, save.error.fields) : NO_PROBLEMS,
  );
  const noLimit = offer !== undefined && offer.total_limit == null;
  return (
    <Dialog wide title={offer ? t("offerForm.edit", { name: offer.name }) : t("offerForm.attach")} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setTried(true);
          if (own.size === 0) save.mutate();
        }}
      >
        {!offer && <RewardChoice attached={attached} error={refused.reward_id} chosen={reward} onChange={setReward} />}
        <div className="columns">
          <Field
            label={t("offerForm.quantity")}
            hint={t("offerForm.quantityHint")}
            type="number"
            min={1}
            max={1_000_000}
            required
            error={refused.quantity}
            value={draft.quantity}
            onChange={(event) => set({ quantity: event.target.value })}
          />
          <Field
            label={t("offerForm.totalLimit")}
            hint={
              isPool
                ? t("offerForm.totalLimitPool")
                : noLimit
                  ? t("offerForm.totalLimitNone")
                  : offer
                    ? t("offerForm.totalLimitRaise")
                    : t("offerForm.totalLimitHint")
            }
            type="number"
            min={offer?.total_limit ?? 1}
            max={100_000}
            disabled={isPool || noLimit}
            required={offer?.total_limit != null}
            error={refused.total_limit}
            value={isPool ? "" : draft.totalLimit}
            onChange={(event) => set({ totalLimit: event.target.value })}
          />
          <Field
            label={t("offerForm.perUserLimit")}
            hint={t("offerForm.perUserLimitHint")}
            type="number"
            min={1}
            max={100}
            required
            error={refused.per_user_limit}
            value={draft.perUserLimit}
            onChange={(event) => set({ perUserLimit: event.target.value })}
          />
          <Select
            label={t("form.review")}
            error={refused.review}
            value={draft.review}
            onChange={(event) => set({ review: event.target.value as OfferDraft["review"] })}
          >
            <option value="">{t("offerForm.reviewAsEvent")}</option>
            <option value="auto">{t("review.auto")}</option>
            <option value="manual">{t("review.manual")}</option>
          </Select>
          <Field
            label={t("offerForm.validFrom")}
            hint={t("offerForm.validHint", { zone: zoneLabel() })}
            type="datetime-local"
            error={refused.valid_from}
            value={draft.validFrom}
            onChange={(event) => set({ validFrom: event.target.value })}
          />
          <Field
            label={t("offerForm.validUntil")}
            hint={t("offerForm.validHint", { zone: zoneLabel() })}
            type="datetime-local"
            error={refused.valid_until}
            value={draft.validUntil}
            onChange={(event) => set({ validUntil: event.target.value })}
          />
        </div>
        <Checkbox
          label={t("offerForm.hasCondition")}
          checked={draft.hasCondition}
          onChange={(event) => set({ hasCondition: event.target.checked })}
        />
        {draft.hasCondition && (
          <ConditionBuilder
            label={t("offerForm.condition")}
            root={draft.condition}
            problems={problems}
            onChange={(condition) => set({ condition })}
          />
        )}
        <Failure error={save.error} />
        <footer>
          <Button look="secondary" onClick={onClose}>
            {t("common:cancel")}
          </Button>
          <Button type="submit" busy={save.isPending}>
            {offer ? t("common:save") : t("offers.attach")}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

function RewardChoice({
  attached,
  error,
  chosen,
  onChange,
}: {
  attached: readonly string[];
  error: string | undefined;
  chosen: Schemas["Reward"] | undefined;
  onChange: (reward: Schemas["Reward"] | undefined) => void;
}) {
  const { t } = useTranslation(["rewards", "common"]);
  const content = useContent();
  const list = useList(["rewards"], (cursor, signal) =>
    client.page("/rewards", { params: { query: { cursor, limit: 100 } }, signal }),
  );
  const choices = list.rows?.filter(({ id }) => !attached.includes(String(id))) ?? [];
  return (
    <>
      <Failure error={list.error} retry={list.reload} />
      <Select
        label={t("offers.reward")}
        hint={list.rows && choices.length === 0 ? t("offerForm.noRewards") : undefined}
        required
        error={error}
        value={chosen ? String(chosen.id) : ""}
        onChange={(event) => onChange(choices.find(({ id }) => String(id) === event.target.value))}
      >
        <option value="">{t("offerForm.choose")}</option>
        {choices.map((reward) => (
          <option key={reward.id} value={String(reward.id)}>
            {reward.name} ({content(reward)})
          </option>
        ))}
      </Select>
      {list.more && (
        <p>
          <Button small look="secondary" busy={list.loadingMore} onClick={list.more}>
            {t("offerForm.moreRewards")}
          </Button>
        </p>
      )}
    </>
  );
}
