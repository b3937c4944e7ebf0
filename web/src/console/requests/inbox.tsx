import type { Schemas } from "dibs-client";
import { useEffect, useEffectEvent, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { client } from "../../app/client";
import { count } from "../../app/format";
import { Button, LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { List, useList } from "../../ui/list";
import { Empty, Notice } from "../../ui/page";
import { DecisionDialog } from "./decision_dialog";
import { type Decided, type Decision, openRows, type Outcomes, tally, wasDecided } from "./decisions";
import { type Filters, isNarrowed, queryOf } from "./filters";
import { InboxTable, rowId, useRefusal } from "./inbox_table";
import { type Command, commandOf, follow, type Inbox as InboxState, move, takesKeys, targets } from "./keyboard";
import { KeysHelp } from "./keys_help";
import { inReview } from "./status";
import { useDecisions } from "./use_decisions";

const REFRESH_MS = 20_000;
/** Where the cursor is stored, so that it is there again after a look at a request. */
const LAST_CURSOR = "dibs.inbox.cursor";
/** Rows before the end of what was read at which the next page is read. */
const AHEAD = 20;

/** Renders the requests that the filters let through, to be worked off. */
export function Inbox({
  filters,
  writes,
  help,
  onHelp,
  onError,
}: {
  filters: Filters;
  writes: boolean;
  help: boolean;
  onHelp: (open: boolean) => void;
  onError: (error: unknown) => void;
}) {
  const { t } = useTranslation("requests");
  const [, navigate] = useLocation();
  const [asking, setAsking] = useState<{ action: Decision["action"]; requests: readonly Decided[] }>();
  const [inbox, setInbox] = useState<InboxState>(() => ({
    cursor: sessionStorage.getItem(LAST_CURSOR) ?? undefined,
    selected: new Set(),
  }));
  const list = useList<Schemas["EventRequest"]>(
    ["requests", filters],
    (cursor, signal) =>
      client.page("/events/requests", { params: { query: { ...queryOf(filters), cursor, limit: 100 } }, signal }),
    { refetchInterval: REFRESH_MS },
  );
  const decisions = useDecisions((outcomes) => {
    if ([...outcomes.values()].some((known) => !wasDecided(known))) list.reload();
  });
  useEffect(() => onError(list.error), [list.error, onError]);

  const worksOff = filters.status === "in_review";
  const rows = worksOff ? openRows(list.rows ?? [], decisions.outcomes, inReview) : (list.rows ?? []);
  const ids = rows.map(({ id }) => id);
  const order = ids.join("\n");
  // Rows come and go; cursor and selection follow them while rendering, so that no frame shows a cursor without a row.
  const [known, setKnown] = useState("");
  if (known !== order) {
    setKnown(order);
    setInbox((old) => follow(old, known.split("\n"), ids));
  }

  const chosen = targets(inbox, ids);
  const readMore = useEffectEvent(() => {
    const at = inbox.cursor === undefined ? -1 : ids.indexOf(inbox.cursor);
    if (at >= ids.length - AHEAD) list.more?.();
  });
  useEffect(() => readMore(), [inbox.cursor, order]);

  useEffect(() => {
    if (inbox.cursor !== undefined) sessionStorage.setItem(LAST_CURSOR, inbox.cursor);
  }, [inbox.cursor]);

  const byKey = useRef(false);
  const act = (command: Command) => {
    if (command === "help") return onHelp(true);
    if (command === "open") {
      if (inbox.cursor !== undefined) navigate(`/requests/${encodeURIComponent(inbox.cursor)}`);
      return;
    }
    if (command === "approve" || command === "reject") {
      // The decision is about the versions that were shown when it was begun.
      const requests = rows.filter(({ id }) => chosen.includes(id)).map(({ id, version }) => ({ id, version }));
      if (writes && requests.length > 0 && !decisions.isRunning) setAsking({ action: command, requests });
      return;
    }
    const moves = command === "next" || command === "previous" || command === "first" || command === "last";
    if (!writes && !moves) return;
    byKey.current = true;
    setInbox((old) => move(old, command, ids));
  };
  const onKey = useEffectEvent((event: KeyboardEvent) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]") || takesKeys(event.target, event.key)) return;
    const command = commandOf(event);
    if (!command) return;
    event.preventDefault();
    act(command);
  });
  useEffect(() => {
    const listener = (event: KeyboardEvent) => onKey(event);
    document.addEventListener("keydown", listener);
    return () => document.removeEventListener("keydown", listener);
  }, []);
  // The row at the cursor has the focus, so that screen readers read it. A dialog that closes gives it back.
  useEffect(() => {
    if (!byKey.current || inbox.cursor === undefined || asking) return;
    const row = document.getElementById(rowId(inbox.cursor));
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  }, [inbox.cursor, asking]);

  const decide = (decision: Decision) => {
    if (!asking) return;
    setAsking(undefined);
    byKey.current = true;
    decisions.decide(asking.requests, decision);
  };
  const { approved, rejected, refused } = tally(decisions.outcomes.values());
  const { progress } = decisions;
  return (
    <>
      {writes && (
        <div className="inbox-bar">
          <span className="number" role="status">
            {inbox.selected.size > 0
              ? t("inbox.selected", { count: inbox.selected.size, number: count(inbox.selected.size) })
              : t("inbox.shown", { number: count(rows.length), more: list.more ? "+" : "" })}
          </span>
          <Button
            small
            disabled={chosen.length === 0 || decisions.isRunning}
            aria-keyshortcuts="a"
            onClick={() => act("approve")}
          >
            {t("inbox.approve")} <kbd>a</kbd>
          </Button>
          <Button
            small
            look="danger"
            disabled={chosen.length === 0 || decisions.isRunning}
            aria-keyshortcuts="r"
            onClick={() => act("reject")}
          >
            {t("inbox.reject")} <kbd>r</kbd>
          </Button>
          <Button small look="secondary" aria-keyshortcuts="Shift+X" onClick={() => act("selectAll")}>
            {t("inbox.selectAll")}
          </Button>
          <Button
            small
            look="secondary"
            disabled={inbox.selected.size === 0}
            aria-keyshortcuts="Escape"
            onClick={() => act("clear")}
          >
            {t("inbox.selectNone")}
          </Button>
          <span className="inbox-progress">
            {decisions.isRunning && progress && (
              <progress max={progress.total} value={progress.done} aria-label={t("inbox.progress")} />
            )}
            {approved + rejected + refused > 0 && (
              <span className="number" role="status">
                {t("inbox.tally", { approved: count(approved), rejected: count(rejected), refused: count(refused) })}
              </span>
            )}
          </span>
        </div>
      )}
      <Failure error={decisions.error}>
        <p>{progress && t("inbox.failedAdvice", { done: count(progress.done), total: count(progress.total) })}</p>
        <Button small look="secondary" onClick={decisions.resume}>
          {t("inbox.resume")}
        </Button>
      </Failure>
      <RefusedElsewhere outcomes={decisions.outcomes} shown={ids} />
      <List
        list={{ ...list, rows: list.rows && rows }}
        lines={10}
        empty={<NothingLeft filters={filters} decided={approved + rejected} />}
      >
        {(shown) => (
          <InboxTable
            rows={shown}
            inbox={inbox}
            outcomes={decisions.outcomes}
            writes={writes}
            onCursor={(id) => {
              byKey.current = false;
              setInbox((old) => ({ ...old, cursor: id }));
            }}
            onToggle={(id) => setInbox((old) => move({ ...old, cursor: id }, "toggle", ids))}
            onToggleAll={(all) => act(all ? "selectAll" : "clear")}
          />
        )}
      </List>
      {asking && (
        <DecisionDialog
          action={asking.action}
          count={asking.requests.length}
          onDecide={decide}
          onClose={() => setAsking(undefined)}
        >
          {asking.requests.length === 1 && (
            <p>
              <code>{asking.requests[0]?.id}</code>
            </p>
          )}
        </DecisionDialog>
      )}
      {help && <KeysHelp readOnly={!writes} onClose={() => onHelp(false)} />}
    </>
  );
}

/** Names requests that were not decided and are no longer in the list, mostly since somebody else decided about them. */
function RefusedElsewhere({ outcomes, shown }: { outcomes: Outcomes; shown: readonly string[] }) {
  const { t } = useTranslation("requests");
  const refusal = useRefusal();
  const gone = [...outcomes].filter(([id, known]) => !wasDecided(known) && !shown.includes(id));
  if (gone.length === 0) return null;
  return (
    <Notice tone="warn" title={t("inbox.gone", { count: gone.length, number: count(gone.length) })}>
      <ul className="inbox-gone">
        {gone.map(([id, known]) => (
          <li key={id}>
            <Link href={`/requests/${encodeURIComponent(id)}`}>{id}</Link>: {refusal(known)}
          </li>
        ))}
      </ul>
    </Notice>
  );
}

function NothingLeft({ filters, decided }: { filters: Filters; decided: number }) {
  const { t } = useTranslation("requests");
  if (isNarrowed(filters) || filters.status !== "in_review")
    return (
      <Empty title={t("empty.filtered")}>
        <p>{t("empty.filteredAdvice")}</p>
      </Empty>
    );
  return (
    <Empty title={decided > 0 ? t("empty.done") : t("empty.none")}>
      <p>{t("empty.noneAdvice")}</p>
      <LinkButton look="secondary" href="/requests?status=all">
        {t("empty.all")}
      </LinkButton>
    </Empty>
  );
}
