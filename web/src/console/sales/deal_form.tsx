import { useQuery } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "wouter";
import { client } from "../../app/client";
import { fieldErrors } from "../../app/failure";
import { money, percent } from "../../app/format";
import { fromInput, toInput, zoneLabel } from "../../app/local_time";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Field, Select } from "../../ui/field";
import { Empty } from "../../ui/page";
import { among } from "../seating/queue_data";
import { QueueSelect } from "../seating/queue_select";

const HOUR_MS = 3_600_000;

/** Renders the fields of a new deal. */
export function DealForm({ product, busy, error, onSubmit }: {
  /** Product that is chosen at first. */
  product: string | null;
  busy: boolean;
  error: unknown;
  onSubmit: (body: Schemas["TimeDealCreate"]) => void;
}) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const products = useQuery({
    queryKey: ["products", "all"],
    queryFn: ({ signal }) => among(client.items("/products", { params: { query: { limit: 100 } }, signal })),
  });
  const [values, setValues] = useState(() => ({
    product_id: product ?? "",
    deal_price: "",
    original_price: "",
    stock_quantity: "100",
    start_at: toInput(client.now() + HOUR_MS),
    end_at: toInput(client.now() + 25 * HOUR_MS),
    hold_seconds: "300",
    queue_id: "",
  }));
  const errors = fieldErrors(error);
  const bind = <K extends keyof typeof values>(name: K) => ({
    name,
    value: values[name],
    error: errors[name],
    onChange: (event: { target: { value: string } }) => setValues({ ...values, [name]: event.target.value }),
  });
  const chosen = products.data?.find(({ id }) => String(id) === values.product_id);
  const regular = Number(values.original_price) || chosen?.price;
  const most = Math.min(regular ?? Number.POSITIVE_INFINITY, chosen?.price ?? Number.POSITIVE_INFINITY);
  const price = Number(values.deal_price);
  const tooHigh = price >= most ? t("deal.priceTooHigh", { price: money(most) }) : undefined;
  const endsFirst = values.end_at && values.end_at <= values.start_at ? t("deal.endsFirst") : undefined;
  const send = (event: FormEvent) => {
    event.preventDefault();
    if (tooHigh || endsFirst) return;
    const [start_at, end_at] = [fromInput(values.start_at), fromInput(values.end_at)];
    if (!start_at || !end_at) return;
    onSubmit({
      product_id: values.product_id,
      deal_price: Number(values.deal_price),
      original_price: values.original_price ? Number(values.original_price) : null,
      stock_quantity: Number(values.stock_quantity),
      start_at,
      end_at,
      hold_seconds: Number(values.hold_seconds),
      queue_id: values.queue_id || null,
    });
  };
  const discount = regular && price > 0 && price < regular ? 1 - price / regular : undefined;
  if (products.data?.length === 0) {
    return (
      <Empty title={t("deal.noProducts")}>
        <Link href="/products">{t("deal.toProducts")}</Link>
      </Empty>
    );
  }
  return (
    <form onSubmit={send}>
      <Failure error={products.error} retry={() => void products.refetch()} />
      <Select label={t("deal.product")} required {...bind("product_id")} hint={chosen && t("deal.regularPrice", { price: money(chosen.price) })}>
        <option value="">{products.isPending ? t("common:loading") : t("deal.chooseProduct")}</option>
        {products.data?.map((one) => (
          <option key={one.id} value={String(one.id)}>
            {one.name}
          </option>
        ))}
      </Select>
      <div className="columns">
        <Field
          label={t("deal.price")}
          hint={discount === undefined ? t("deal.priceHint") : t("deal.discountHint", { price: money(price), discount: percent(discount) })}
          type="number"
          min={1}
          max={100_000_000}
          required
          {...bind("deal_price")}
          error={tooHigh ?? errors.deal_price}
        />
        <Field
          label={t("deal.originalPrice")}
          hint={t("deal.originalPriceHint")}
          type="number"
          min={1}
          max={100_000_000}
          {...bind("original_price")}
        />
        <Field
          label={t("deal.stock")}
          hint={t("deal.stockHint")}
          type="number"
          min={1}
          max={100_000}
          required
          {...bind("stock_quantity")}
        />
        <Field
          label={t("deal.hold")}
          hint={t("deal.holdHint")}
          type="number"
          min={10}
          max={3600}
          required
          {...bind("hold_seconds")}
        />
        <Field label={t("deal.start")} hint={zoneLabel()} type="datetime-local" required {...bind("start_at")} />
        <Field label={t("deal.end")} hint={zoneLabel()} type="datetime-local" required {...bind("end_at")} error={endsFirst ?? errors.end_at} />
      </div>
      <QueueSelect {...bind("queue_id")} />
      <Failure error={error} />
      <Button type="submit" busy={busy}>
        {t("deal.create")}
      </Button>
    </form>
  );
}
