import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { hasRole, useSession } from "../../app/session";
import { Button } from "../../ui/button";
import { Field, Select } from "../../ui/field";
import { useAddress } from "./figures";

export interface Option {
  id: string;
  name: string;
}

/** Most entries that a choice offers. The address may name any other. */
const MAX_OPTIONS = 300;
const STALE_MS = 60_000;

async function first<T>(items: AsyncIterable<T>, most = MAX_OPTIONS): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) {
    found.push(item);
    if (found.length >= most) break;
  }
  return found;
}

const full = { params: { query: { limit: 100 } } };

/** Reads the events that can be chosen, the newest first. */
export const useEvents = () =>
  useQuery({
    queryKey: ["choices", "events"],
    queryFn: async ({ signal }) =>
      (await first(client.items("/events", { ...full, signal }))).map(({ id, name }) => ({ id: String(id), name })),
    staleTime: STALE_MS,
  });

/** Reads the queues that can be chosen. Auditors may not list them. */
export const useQueues = (enabled: boolean) =>
  useQuery({
    enabled,
    queryKey: ["choices", "queues"],
    queryFn: async ({ signal }) =>
      (await first(client.items("/queues", { ...full, signal }))).map(({ id, name }) => ({ id: String(id), name })),
    staleTime: STALE_MS,
  });

export interface Sale extends Option {
  kind: "deal" | "date";
  /** Parameters of the address that name it. */
  address: { deal?: string; concert?: string; date?: string };
}

/** Reads the deals and concert dates that can be chosen. */
export const useSales = () =>
  useQuery({
    queryKey: ["choices", "sales"],
    queryFn: async ({ signal }): Promise<Sale[]> => {
      const [deals, concerts] = await Promise.all([
        first(client.items("/timedeals", { ...full, signal })),
        first(client.items("/concerts", { ...full, signal }), 50),
      ]);
      const dates = await Promise.all(
        concerts.map(async ({ id, name }) =>
          (await first(client.items("/concerts/{concert_id}/dates", { params: { path: { concert_id: id }, query: { limit: 100 } }, signal }))).map(
            ({ date }) => saleOfDate(String(id), date, name),
          ),
        ),
      );
      const names = deals.map(({ product }) => product.name);
      const named = deals.map(({ id, product: { name } }) =>
        saleOfDeal(String(id), names.indexOf(name) === names.lastIndexOf(name) ? name : `${name} (${id})`),
      );
      return [...named, ...dates.flat()];
    },
    staleTime: STALE_MS,
  });

export const saleOfDeal = (id: string, name: string): Sale => ({
  id: `deal ${id}`,
  kind: "deal",
  name,
  address: { deal: id },
});

export const saleOfDate = (concert: string, date: string, name: string): Sale => ({
  id: `date ${concert} ${date}`,
  kind: "date",
  name: `${name}, ${date}`,
  address: { concert, date },
});

/** Renders the choice of one of several things, or of all. What the address names is offered, too. */
export function OptionSelect({ label, all, options, value, onChoose }: {
  label: string;
  all: string;
  options: readonly Option[] | undefined;
  value: string | undefined;
  onChoose: (id: string | undefined) => void;
}) {
  const shown = options ?? [];
  const known = value === undefined || shown.some(({ id }) => id === value);
  return (
    <Select label={label} value={value ?? ""} onChange={({ target }) => onChoose(target.value || undefined)}>
      <option value="">{all}</option>
      {!known && <option value={value}>{value}</option>}
      {shown.map(({ id, name }) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </Select>
  );
}

/** Renders the choice of an event, which stands in the address. */
export function EventSelect() {
  const { t } = useTranslation("dashboards");
  const [get, set] = useAddress();
  const events = useEvents();
  return (
    <OptionSelect
      label={t("filter.event")}
      all={t("filter.allEvents")}
      options={events.data}
      value={get("event")}
      onChoose={(event) => set({ event })}
    />
  );
}

/** Renders the choice of a queue. Who may not list queues enters an id. */
export function QueueSelect() {
  const { t } = useTranslation("dashboards");
  const [get, set] = useAddress();
  const operator = hasRole(useSession(), "OPERATOR");
  const queues = useQueues(operator);
  if (!operator) {
    return <QueueIdField key={get("queue")} value={get("queue")} onChoose={(queue) => set({ queue })} />;
  }
  return (
    <OptionSelect
      label={t("filter.queue")}
      all={t("filter.allQueues")}
      options={queues.data}
      value={get("queue")}
      onChoose={(queue) => set({ queue })}
    />
  );
}

function QueueIdField({ value = "", onChoose }: { value: string | undefined; onChoose: (id: string | undefined) => void }) {
  const { t } = useTranslation("dashboards");
  const [text, setText] = useState(value);
  return (
    <form
      className="inline-form"
      onSubmit={(event) => {
        event.preventDefault();
        onChoose(text.trim() || undefined);
      }}
    >
      <Field label={t("filter.queueId")} value={text} onChange={({ target }) => setText(target.value)} />
      <Button type="submit" look="secondary">
        {t("filter.show")}
      </Button>
    </form>
  );
}

/** Renders the choice of a deal or concert date, which stands in the address. */
export function SaleSelect({ all, label }: { all: string; label: string }) {
  const { t } = useTranslation("dashboards");
  const [get, set] = useAddress();
  const sales = useSales();
  const [deal, concert, date] = [get("deal"), get("concert"), get("date")];
  const chosen = deal ? saleOfDeal(deal, deal) : concert && date ? saleOfDate(concert, date, concert) : undefined;
  const found = sales.data ?? [];
  const options = chosen && !found.some(({ id }) => id === chosen.id) ? [...found, chosen] : found;
  return (
    <Select
      label={label}
      value={chosen?.id ?? ""}
      onChange={({ target }) => {
        const next = options.find(({ id }) => id === target.value)?.address;
        set({ deal: next?.deal, concert: next?.concert, date: next?.date });
      }}
    >
      <option value="">{all}</option>
      {(["deal", "date"] as const).map((kind) => (
        <optgroup key={kind} label={t(`filter.${kind}s`)}>
          {options
            .filter((sale) => sale.kind === kind)
            .map(({ id, name }) => (
              <option key={id} value={id}>
                {name}
              </option>
            ))}
        </optgroup>
      ))}
    </Select>
  );
}
