import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, type Schemas, type User } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearch } from "wouter";
import { client } from "../../app/client";
import { withIntent } from "../../app/intent";
import { useLive } from "../../app/live";
import { Button, LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Empty, Loading, Notice, Section } from "../../ui/page";
import { forgetAdmission, Guarded, isNotAdmitted } from "../waiting_room/admission";
import { isClaimable, isOpen, linesOf } from "./lines";
import { evaluationQuery, requestQuery, rewardsQuery } from "./queries";
import { RefusalOf } from "./refusal";
import { RewardCard } from "./reward_card";

type Event = Schemas["Event"];

/** Shows the rewards of an event with the state of the user's claims, and claims one or all of them. */
export function Rewards({ event, account }: { event: Event; account: User }) {
  const { t } = useTranslation("events");
  const claiming = new URLSearchParams(useSearch()).has("claim");
  // The condition and the rewards can be seen without a queue, which guards the claims only.
  if (event.queue_id == null) return <RewardList event={event} account={account} open />;
  if (claiming) {
    return <Guarded queueId={event.queue_id}>{() => <RewardList event={event} account={account} open />}</Guarded>;
  }
  return (
    <>
      <Notice>
        <p>{t("queue.intro")}</p>
        <LinkButton small href={`/events/${event.id}?claim=1`}>
          {t("queue.go")}
        </LinkButton>
      </Notice>
      <RewardList event={event} account={account} open={false} />
    </>
  );
}

function RewardList({ event, account, open }: { event: Event; account: User; open: boolean }) {
  const { t } = useTranslation("events");
  const eventId = String(event.id);
  const requestId = `${account.id}:${eventId}`;
  const queries = useQueryClient();
  const rewards = useQuery(rewardsQuery(eventId));
  const evaluation = useQuery(evaluationQuery(eventId));
  const request = useQuery(requestQuery(requestId));
  // Refusals of this visit by reward; others are found in the history of the claim.
  const [refusals, setRefusals] = useState<Record<string, unknown>>({});
  const [refused, setRefused] = useState<unknown>();

  const shown = (state: Schemas["EventRequest"]) => {
    queries.setQueryData(requestQuery(requestId).queryKey, (known) => ({ ...(known ?? EMPTY), ...state }));
    if (!isOpen(state)) void queries.invalidateQueries({ queryKey: ["inventory"] });
  };
  useLive(request.data && isOpen(request.data) ? `requests/${requestId}` : undefined, shown);

  const fail = (error: unknown, rewardId?: string) => {
    if (isNotAdmitted(error) && event.queue_id != null) void forgetAdmission(event.queue_id);
    if (rewardId === undefined) setRefused(error);
    else setRefusals((known) => ({ ...known, [rewardId]: error }));
    // A refused claim is recorded, and the condition may have been evaluated anew.
    void queries.invalidateQueries({ queryKey: requestQuery(requestId).queryKey });
    void queries.invalidateQueries({ queryKey: evaluationQuery(eventId).queryKey });
  };
  const claimOne = useMutation({
    mutationFn: (rewardId: string) =>
      withIntent(`claim ${eventId} ${rewardId}`, (idempotencyKey) =>
        client.post("/events/{event_id}/requests/{reward_id}", {
          params: { path: { event_id: eventId, reward_id: rewardId } },
          body: {},
          queue: event.queue_id,
          idempotencyKey,
        }),
      ),
    onMutate: (rewardId) => {
      setRefused(undefined);
      setRefusals(({ [rewardId]: _, ...others }) => others);
    },
    onSuccess: shown,
    onError: fail,
  });
  const claimAll = useMutation({
    mutationFn: () =>
      withIntent(`claim ${eventId}`, (idempotencyKey) =>
        client.post("/events/{event_id}/requests", {
          params: { path: { event_id: eventId } },
          body: {},
          queue: event.queue_id,
          idempotencyKey,
        }),
      ),
    onMutate: () => {
      setRefused(undefined);
      setRefusals({});
    },
    onSuccess: ({ request, outcomes }) => {
      if (request) shown(request);
      const errors = outcomes.flatMap(({ reward_id, error }) => (error ? [[String(reward_id), asError(error)]] : []));
      setRefusals(Object.fromEntries(errors));
    },
    onError: (error) => fail(error),
  });

  const busy = claimOne.isPending || claimAll.isPending;
  const claimable = (rewards.data ?? []).filter((reward) =>
    isClaimable(linesOf(request.data, reward.reward_id), reward.per_user_limit),
  );
  const states = (rewards.data ?? []).flatMap((reward) => {
    const newest = linesOf(request.data, reward.reward_id)[0];
    return newest ? [`${reward.name}: ${t(`lineStatus.${newest.status}`)}`] : [];
  });
  return (
    <Section
      title={t("rewards.title")}
      actions={
        open &&
        claimable.length > 1 && (
          <Button busy={claimAll.isPending} disabled={busy} onClick={() => claimAll.mutate()}>
            {t("rewards.claimAll")}
          </Button>
        )
      }
    >
      <p className="hidden" role="status">
        {states.join(", ")}
      </p>
      <RefusalOf error={refused} event={event} />
      <Failure error={rewards.error ?? request.error} retry={() => void (rewards.error ? rewards : request).refetch()} />
      {!rewards.data && !rewards.error && <Loading lines={5} />}
      {rewards.data?.length === 0 && <Empty title={t("rewards.none")} />}
      <div className="cards">
        {rewards.data?.map((reward) => (
          <RewardCard
            key={reward.reward_id}
            event={event}
            reward={reward}
            lines={linesOf(request.data, reward.reward_id)}
            evaluation={evaluation.data?.rewards.find(({ reward_id }) => reward_id === reward.reward_id)?.condition}
            refusal={refusals[String(reward.reward_id)]}
            busy={claimOne.isPending && claimOne.variables === String(reward.reward_id)}
            waits={busy}
            claim={open ? () => claimOne.mutate(String(reward.reward_id)) : undefined}
          />
        ))}
      </div>
    </Section>
  );
}

const EMPTY = { attempts: [], grants: [], audit: [], audit_next_cursor: null };

/** Returns the refusal of one reward among several as the error that a claim of it alone would be. */
const asError = ({ code, message, details }: Schemas["Refusal"]) =>
  new ApiError(409, code as ApiError["code"], message, { details });
