import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError } from "dibs-client";
import { useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation, useSearchParams } from "wouter";
import { client } from "../../app/client";
import { count, money } from "../../app/format";
import { withIntent } from "../../app/intent";
import { hasRole, useSession } from "../../app/session";
import { useNow } from "../../app/use_now";
import { Button, LinkButton } from "../../ui/button";
import { Countdown } from "../../ui/countdown";
import { Failure } from "../../ui/error";
import { Notice } from "../../ui/page";
import { admission, forgetAdmission, isNotAdmitted } from "../waiting_room/admission";
import { roomPath } from "../waiting_room/room_path";
import { clampQuantity, type Deal, maxQuantity, statusAt } from "./deal_state";
import { Quantity } from "./quantity";

/** Orders units of a deal. What stands before it (sign-in, waiting room) leads back here with the same quantity. */
export function OrderBox({ deal }: { deal: Deal }) {
  const { t } = useTranslation("deals");
  const session = useSession();
  const queries = useQueryClient();
  const [, navigate] = useLocation();
  const [search] = useSearchParams();
  const max = maxQuantity(deal);
  const [chosen, setChosen] = useState(() => clampQuantity(search.get("quantity") ?? 1, 10));
  const quantity = Math.min(chosen, max);
  const status = statusAt(deal, useNow());
  const here = `/deals/${deal.id}?quantity=${quantity}`;
  const signIn = `/sign-in?next=${encodeURIComponent(here)}`;
  const guard = deal.queue_id == null ? undefined : String(deal.queue_id);
  const room = guard === undefined ? undefined : roomPath(guard, here);
  const visit = useQuery({ ...admission(guard ?? ""), enabled: guard !== undefined && Boolean(session) });

  const order = useMutation({
    mutationFn: () =>
      withIntent(`order ${deal.id} ${quantity}`, (idempotencyKey) =>
        client.post("/orders", {
          body: { time_deal_id: deal.id, quantity },
          queueToken: visit.data?.token,
          idempotencyKey,
        }),
      ),
    onSuccess: (made) => {
      queries.setQueryData(["orders", "one", made.id], made);
      void queries.invalidateQueries({ queryKey: ["orders", "list"] });
      navigate(`/orders/${encodeURIComponent(made.id)}`);
    },
    onError: (error) => {
      if (error instanceof ApiError && error.status === 401) navigate(signIn);
      else void queries.invalidateQueries({ queryKey: ["deals", "one", deal.id] });
      if (guard !== undefined && isNotAdmitted(error)) void forgetAdmission(guard);
    },
  });

  if (session && !hasRole(session, "USER")) return <Notice>{t("staffCannotOrder")}</Notice>;
  return (
    <div className="card order-box">
      <div className="row">
        <Quantity
          value={quantity}
          max={max}
          disabled={status !== "active" || order.isPending}
          onChange={(value) => {
            setChosen(value);
            order.reset();
          }}
        />
        <p className="total">
          {t("total")}
          <br />
          <strong className="big live">{money(quantity * deal.deal_price)}</strong>
        </p>
      </div>
      {visit.data?.expiresAt && (
        <p>
          {t("visitEnds")} <VisitLeft until={visit.data.expiresAt} onEnd={() => void visit.refetch()} />
        </p>
      )}
      <Failure error={visit.error} retry={() => void visit.refetch()} />
      <Refused error={order.error} deal={deal} room={room} onFewer={setChosen} />
      {status !== "active" ? (
        <Button disabled>{t(`cannotOrder.${status}`)}</Button>
      ) : session === null ? (
        <LinkButton href={signIn}>{t("signInToOrder")}</LinkButton>
      ) : room && visit.data === null ? (
        <LinkButton href={room}>{t("enterRoom")}</LinkButton>
      ) : (
        <Button busy={order.isPending} disabled={!session || (room !== undefined && !visit.data)} onClick={() => order.mutate()}>
          {t("order", { price: money(quantity * deal.deal_price) })}
        </Button>
      )}
      <p>
        <small className="muted">{t("orderHint", { minutes: Math.round(deal.hold_seconds / 60) })}</small>
      </p>
    </div>
  );
}

/** Renders the rest of a visit behind a waiting room, and calls `onEnd` at its end. */
function VisitLeft({ until, onEnd }: { until: string; onEnd: () => void }) {
  const over = useNow() >= Date.parse(until);
  useEffect(() => {
    if (over) onEnd();
  }, [over, onEnd]);
  return (
    <strong>
      <Countdown until={until} />
    </strong>
  );
}

/** Says why an order was refused, with the way to what to do next. */
function Refused({ error, deal, room, onFewer }: {
  error: unknown;
  deal: Deal;
  room: string | undefined;
  onFewer: (quantity: number) => void;
}) {
  const { t } = useTranslation("deals");
  const code = error instanceof ApiError ? error.code : undefined;
  const left = code === "INSUFFICIENT_STOCK" ? availableIn(error) : undefined;
  return (
    <Failure error={error}>
      {left !== undefined && left > 0 && (
        <Button small look="secondary" onClick={() => onFewer(left)}>
          {t("takeLeft", { left: count(left) })}
        </Button>
      )}
      {left === 0 && <p>{t("mayReturn")}</p>}
      {code === "EMAIL_NOT_CONFIRMED" && (
        <LinkButton small look="secondary" href="/account">
          {t("confirmEmail")}
        </LinkButton>
      )}
      {isNotAdmitted(error) && room && (
        <LinkButton small look="secondary" href={room}>
          {t("enterRoom")}
        </LinkButton>
      )}
      {(code === "DEAL_NOT_ACTIVE" || code === "NOT_FOUND") && (
        <LinkButton small look="secondary" href={`/deals?category=${deal.product.category}`}>
          {t("otherDeals")}
        </LinkButton>
      )}
      {!(error instanceof ApiError) && <p>{t("lostOrder")}</p>}
    </Failure>
  );
}

/** Returns the units that are left, of the details of INSUFFICIENT_STOCK. */
function availableIn(error: unknown): number {
  const details = error instanceof ApiError ? (error.details as { available?: unknown } | undefined) : undefined;
  return typeof details?.available === "number" ? details.available : 0;
}
