import { useTranslation } from "react-i18next";
import { Badge } from "../../ui/page";
import type { OrderState } from "./order_state";

const TONES = { open: "info", paid: "good", over: "warn", canceled: "neutral", failed: "bad" } as const;

/** Renders the state of an order. */
export function OrderBadge({ state }: { state: OrderState }) {
  const { t } = useTranslation("deals");
  return <Badge tone={TONES[state]}>{t(`orders.state.${state}`)}</Badge>;
}
