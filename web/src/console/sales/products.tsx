import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { client } from "../../app/client";
import { dateTime, money } from "../../app/format";
import { withIntent } from "../../app/intent";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Select } from "../../ui/field";
import { List, useList } from "../../ui/list";
import { Empty, Page } from "../../ui/page";
import { Table } from "../../ui/table";
import { useToast } from "../../ui/toast";
import { ProductBadge } from "./badges";
import { useMayWrite } from "./may_write";
import { CATEGORIES, ProductForm } from "./product_form";
import { Thumbnail } from "./picture";

type Category = Schemas["Product"]["category"];

/** Lists products by status and category, and creates them. */
export default function Products() {
  const { t } = useTranslation(["salesStaff", "common"]);
  const [status, setStatus] = useState<"active" | "inactive">("active");
  const [category, setCategory] = useState<Category | "">("");
  const [creating, setCreating] = useState(false);
  const create = useMayWrite() && <Button onClick={() => setCreating(true)}>{t("product.new")}</Button>;
  const list = useList(["products", status, category], (cursor, signal) =>
    client.page("/products", { params: { query: { status, category: category || null, cursor } }, signal }),
  );
  return (
    <Page title={t("product.list")} actions={create}>
      <div className="inline-form sales-filters">
          <Select
            label={t("filter.status")}
            value={status}
            onChange={(event) => setStatus(event.target.value as typeof status)}
          >
            <option value="active">{t("product.status.active")}</option>
            <option value="inactive">{t("product.status.inactive")}</option>
          </Select>
          <Select
            label={t("filter.category")}
            value={category}
            onChange={(event) => setCategory(event.target.value as typeof category)}
          >
            <option value="">{t("filter.all")}</option>
            {CATEGORIES.map((name) => (
              <option key={name} value={name}>
                {t(`category.${name}`)}
              </option>
            ))}
          </Select>
      </div>
      <List
        list={list}
        empty={
          <Empty title={t("product.empty")}>
            <p>{t(status === "inactive" || category ? "product.emptyFiltered" : "product.emptyAdvice")}</p>
            {create}
          </Empty>
        }
      >
        {(rows) => (
          <Table
            caption={t("product.list")}
            rows={rows}
            id={(row) => String(row.id)}
            columns={[
              { id: "picture", heading: <span className="hidden">{t("product.thumbnail")}</span>, cell: (row) => <Thumbnail url={row.thumbnail_url} /> },
              { id: "name", heading: t("product.name"), cell: (row) => <Link href={`/products/${row.id}`}>{row.name}</Link> },
              { id: "category", heading: t("product.category"), cell: (row) => t(`category.${row.category}`) },
              { id: "price", heading: t("product.price"), numeric: true, cell: (row) => money(row.price) },
              { id: "status", heading: t("filter.status"), cell: (row) => <ProductBadge status={row.status} /> },
              { id: "changed", heading: t("changedAt"), cell: (row) => dateTime(row.updated_at) },
            ]}
          />
        )}
      </List>
      {creating && <NewProduct onClose={() => setCreating(false)} />}
    </Page>
  );
}

function NewProduct({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const [, navigate] = useLocation();
  const toast = useToast();
  const cache = useQueryClient();
  const create = useMutation({
    mutationFn: (body: Schemas["ProductCreate"]) =>
      withIntent(`product:${JSON.stringify(body)}`, (idempotencyKey) => client.post("/products", { body, idempotencyKey })),
    onSuccess: (product) => {
      void cache.invalidateQueries({ queryKey: ["products"] });
      toast(t("product.created", { name: product.name }));
      navigate(`/products/${product.id}`);
    },
  });
  return (
    <Dialog title={t("product.new")} onClose={onClose} wide>
      <ProductForm submit={t("product.create")} busy={create.isPending} error={create.error} onSubmit={create.mutate} />
    </Dialog>
  );
}
