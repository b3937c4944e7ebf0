import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { Failure } from "../../ui/error";
import { Empty, Loading } from "../../ui/page";
import { among } from "./queue_data";

/** Lists the concerts, deals and events that a queue guards. */
export function QueueGuards({ id }: { id: string }) {
  const { t } = useTranslation(["seating", "common"]);
  const found = useQuery({
    queryKey: ["queues", id, "guards"],
    queryFn: async ({ signal }) => {
      const query = { limit: 100 };
      const guarded = ({ queue_id }: { queue_id?: string | number | null }) => queue_id != null && String(queue_id) === id;
      const [concerts, deals, events] = await Promise.all([
        among(client.items("/concerts", { params: { query }, signal }), guarded),
        among(client.items("/timedeals", { params: { query }, signal }), guarded),
        among(client.items("/events", { params: { query }, signal }), guarded),
      ]);
      return [
        ...concerts.map((one) => ({ kind: "concert" as const, href: `/concerts/${one.id}`, name: one.name })),
        ...deals
          .filter(({ status }) => status !== "ended" && status !== "canceled")
          .map((one) => ({ kind: "deal" as const, href: `/deals/${one.id}`, name: one.product.name })),
        ...events.map((one) => ({ kind: "event" as const, href: `/events/${one.id}`, name: one.name })),
      ];
    },
    staleTime: 30_000,
  });
  if (found.error) return <Failure error={found.error} retry={() => void found.refetch()} />;
  if (!found.data) return <Loading lines={2} />;
  if (found.data.length === 0) {
    return (
      <Empty title={t("queue.guardsNothing")}>
        <p>{t("queue.guardsAdvice")}</p>
      </Empty>
    );
  }
  return (
    <ul>
      {found.data.map(({ kind, href, name }) => (
        <li key={href}>
          {t(`queue.kind.${kind}`)}: <Link href={href}>{name}</Link>
        </li>
      ))}
    </ul>
  );
}
