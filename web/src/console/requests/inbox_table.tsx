import type { Schemas } from "dibs-client";
import { memo, useCallback, useEffect, useRef } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { dateTime } from "../../app/format";
import { useAccount } from "../../app/session";
import { Badge } from "../../ui/page";
import { EventName, RewardName } from "../rewards/parts";
import { type KnownOutcome, type Outcomes, wasDecided } from "./decisions";
import type { Inbox } from "./keyboard";
import { StatusBadge } from "./status";

type Request = Schemas["EventRequest"];

/** Id of the element of a row. */
export const rowId = (request: string) => `request-${request}`;

/** Renders requests as rows with a cursor and a selection. */
export function InboxTable({
  rows,
  inbox,
  outcomes,
  writes,
  onCursor,
  onToggle,
  onToggleAll,
}: {
  rows: readonly Request[];
  inbox: Inbox;
  outcomes: Outcomes;
  writes: boolean;
  onCursor: (id: string) => void;
  onToggle: (id: string) => void;
  onToggleAll: (all: boolean) => void;
}) {
  const { t } = useTranslation("requests");
  const own = String(useAccount().id);
  // The same functions for all rows and renderings, so that a movement renders two rows and not all.
  const cursor = useStable(onCursor);
  const toggle = useStable(onToggle);
  return (
    <div className="table" role="region" aria-label={t("title")} tabIndex={0}>
      <table className="inbox">
        <caption className="hidden">{t("inbox.caption")}</caption>
        <thead>
          <tr>
            {writes && (
              <th scope="col" className="inbox-check">
                <input
                  type="checkbox"
                  aria-label={t("inbox.selectAll")}
                  checked={inbox.selected.size > 0 && inbox.selected.size === rows.length}
                  onChange={(event) => onToggleAll(event.target.checked)}
                />
              </th>
            )}
            <th scope="col">{t("column.request")}</th>
            <th scope="col">{t("column.event")}</th>
            <th scope="col">{t("column.rewards")}</th>
            <th scope="col">{t("column.created")}</th>
            <th scope="col">{t("column.status")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <Row
              key={row.id}
              row={row}
              isCursor={inbox.cursor === row.id}
              isSelected={inbox.selected.has(row.id)}
              isOwn={String(row.user_id) === own}
              outcome={outcomes.get(row.id)}
              writes={writes}
              onCursor={cursor}
              onToggle={toggle}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

const Row = memo(function Row({
  row,
  isCursor,
  isSelected,
  isOwn,
  outcome,
  writes,
  onCursor,
  onToggle,
}: {
  row: Request;
  isCursor: boolean;
  isSelected: boolean;
  isOwn: boolean;
  outcome: KnownOutcome | undefined;
  writes: boolean;
  onCursor: (id: string) => void;
  onToggle: (id: string) => void;
}) {
  const { t } = useTranslation("requests");
  const refusal = useRefusal();
  return (
    <tr
      id={rowId(row.id)}
      tabIndex={-1}
      aria-current={isCursor || undefined}
      className={isSelected ? "selected" : undefined}
      onClick={() => onCursor(row.id)}
    >
      {writes && (
        <td>
          <input
            type="checkbox"
            aria-label={t("inbox.select", { user: row.user_id })}
            checked={isSelected}
            onChange={() => onToggle(row.id)}
          />
        </td>
      )}
      <td>
        <Link href={`/requests/${encodeURIComponent(row.id)}`}>{row.user_id}</Link>{" "}
        {isOwn && <Badge>{t("inbox.own")}</Badge>}
      </td>
      <td>
        <EventName id={row.event_id} />
      </td>
      <td>
        {row.lines.map((line) => (
          <div key={`${line.reward_id} ${line.number}`} className="inbox-line">
            <RewardName id={line.reward_id} />
            {line.number > 1 && ` (${line.number})`}
            {row.lines.length > 1 && (
              <>
                {" "}
                <StatusBadge status={line.status} />
              </>
            )}
          </div>
        ))}
      </td>
      <td className="number">{dateTime(row.created_at)}</td>
      <td>
        <StatusBadge status={row.lines.some(({ status }) => status === "in_review") ? "in_review" : row.status} />
        {outcome && !wasDecided(outcome) && (
          <p className="inbox-refused" role="alert">
            {refusal(outcome)}
          </p>
        )}
      </td>
    </tr>
  );
});

/** Returns a function that says why a decision on a request was refused, and what to do. */
export function useRefusal() {
  const { t } = useTranslation("requests");
  return ({ outcome: { error } }: KnownOutcome) =>
    t(`refused.${error?.code}` as "refused.CHANGED_SINCE", { defaultValue: error?.message ?? "" });
}

/** Returns a function that stays the same and calls the newest `call`. */
function useStable(call: (id: string) => void): (id: string) => void {
  const newest = useRef(call);
  useEffect(() => {
    newest.current = call;
  });
  return useCallback((id: string) => newest.current(id), []);
}
