import type { Schemas } from "dibs-client";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { fieldErrors } from "../../app/failure";
import { money } from "../../app/format";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Field, Select, TextArea } from "../../ui/field";
import { PicturePreview } from "./picture";

export const CATEGORIES = ["food", "toy", "health", "fashion", "living"] as const;

type Body = Omit<Schemas["ProductCreate"], "status">;

/** Renders the fields of a product with previews of its pictures. */
export function ProductForm({ product, submit, busy, error, onSubmit }: {
  /** Product to change; a new one if absent. */
  product?: Schemas["Product"];
  /** Label of the button. */
  submit: string;
  busy: boolean;
  error: unknown;
  onSubmit: (body: Body) => void;
}) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const [values, setValues] = useState({
    name: product?.name ?? "",
    description: product?.description ?? "",
    price: product ? String(product.price) : "",
    category: product?.category ?? CATEGORIES[0],
    image_url: product?.image_url ?? "",
    thumbnail_url: product?.thumbnail_url ?? "",
  });
  const errors = fieldErrors(error);
  const bind = <K extends keyof typeof values>(name: K) => ({
    name,
    value: values[name],
    error: errors[name],
    onChange: (event: { target: { value: string } }) => setValues({ ...values, [name]: event.target.value }),
  });
  const send = (event: FormEvent) => {
    event.preventDefault();
    onSubmit({
      name: values.name.trim(),
      description: values.description,
      price: Number(values.price),
      category: values.category,
      image_url: values.image_url.trim() || null,
      thumbnail_url: values.thumbnail_url.trim() || null,
    });
  };
  const price = Number(values.price);
  return (
    <form onSubmit={send}>
      <Field label={t("product.name")} required maxLength={200} {...bind("name")} />
      <TextArea label={t("product.description")} rows={3} maxLength={2000} {...bind("description")} />
      <div className="columns">
        <Field
          label={t("product.price")}
          hint={price >= 1 ? money(price) : t("product.priceHint")}
          type="number"
          inputMode="numeric"
          min={1}
          max={100_000_000}
          step={1}
          required
          {...bind("price")}
        />
        <Select label={t("product.category")} {...bind("category")}>
          {CATEGORIES.map((category) => (
            <option key={category} value={category}>
              {t(`category.${category}`)}
            </option>
          ))}
        </Select>
      </div>
      <div className="columns">
        <div>
          <Field label={t("product.image")} hint={t("product.imageHint")} type="url" maxLength={500} {...bind("image_url")} />
          <PicturePreview url={values.image_url.trim()} label={t("product.imagePreview")} />
        </div>
        <div>
          <Field
            label={t("product.thumbnail")}
            hint={t("product.thumbnailHint")}
            type="url"
            maxLength={500}
            {...bind("thumbnail_url")}
          />
          <PicturePreview url={values.thumbnail_url.trim()} label={t("product.thumbnailPreview")} small />
        </div>
      </div>
      <Failure error={error} />
      <Button type="submit" busy={busy}>
        {submit}
      </Button>
    </form>
  );
}
