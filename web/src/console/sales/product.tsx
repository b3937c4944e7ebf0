import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ApiError, type Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { Link, useLocation } from "wouter";
import { client } from "../../app/client";
import { exactTime, money } from "../../app/format";
import { Button, ConfirmButton, LinkButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Fact, Facts, Loading, Page, Section } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { ProductBadge } from "./badges";
import { changes } from "./changes";
import { useMayWrite } from "./may_write";
import { ProductForm } from "./product_form";

/** Shows a product, changes its fields and its status. */
export default function Product({ id }: { id: string }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const found = useQuery({
    queryKey: ["products", id],
    queryFn: ({ signal }) => client.get("/products/{product_id}", { params: { path: { product_id: id } }, signal }),
  });
  if (!found.data) {
    return (
      <Page title={t("product.one")}>
        {found.error ? (
          <Failure error={found.error} retry={() => void found.refetch()}>
            <Link href="/products">{t("product.toList")}</Link>
          </Failure>
        ) : (
          <Loading lines={8} />
        )}
      </Page>
    );
  }
  return <Details product={found.data} />;
}

function Details({ product }: { product: Schemas["Product"] }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  const cache = useQueryClient();
  const toast = useToast();
  const [, navigate] = useLocation();
  const mayWrite = useMayWrite();
  const path = { product_id: product.id };
  const update = useMutation({
    mutationFn: (body: Schemas["ProductUpdate"]) =>
      client.patch("/products/{product_id}", { params: { path }, body, repeatable: true }),
    onSuccess: (changed) => {
      cache.setQueryData(["products", String(product.id)], changed);
      toast(t("saved"));
    },
    onSettled: () => void cache.invalidateQueries({ queryKey: ["products"] }),
  });
  const setStatus = useMutation({
    mutationFn: (status: Schemas["Product"]["status"]) =>
      client.patch("/products/{product_id}", { params: { path }, body: { status }, repeatable: true }),
    onSuccess: (changed) => {
      toast(t(`product.now.${changed.status}`, { name: changed.name }));
      if (changed.status === "deleted") navigate("/products");
      else cache.setQueryData(["products", String(product.id)], changed);
    },
    onSettled: () => void cache.invalidateQueries({ queryKey: ["products"] }),
  });
  return (
    <Page
      title={product.name}
      heading={
        <span className="row">
          {product.name} <ProductBadge status={product.status} />
        </span>
      }
      actions={
        mayWrite &&
        product.status === "active" && (
          <LinkButton href={`/deals?product=${product.id}`}>{t("deal.newOfProduct")}</LinkButton>
        )
      }
    >
      <Facts>
        <Fact name={t("id")}>
          <code>{product.id}</code>
        </Fact>
        <Fact name={t("product.price")}>{money(product.price)}</Fact>
        <Fact name={t("createdAt")}>{exactTime(product.created_at)}</Fact>
        <Fact name={t("changedAt")}>{exactTime(product.updated_at)}</Fact>
      </Facts>
      {mayWrite ? (
        <>
          <Section title={t("product.edit")}>
            <p className="muted">{t("product.editNote")}</p>
            <ProductForm
              key={product.updated_at}
              product={product}
              submit={t("common:save")}
              busy={update.isPending}
              error={update.error}
              onSubmit={(body) => {
                const changed = changes(product, body);
                if (Object.keys(changed).length === 0) toast(t("unchanged"), "info");
                else update.mutate(changed);
              }}
            />
            <OpenDeals error={update.error} />
          </Section>
          <Section title={t("product.statusTitle")}>
            <p className="muted">{t(`product.statusAdvice.${product.status}`)}</p>
            <div className="row sales-buttons">
              <Button
                look="secondary"
                busy={setStatus.isPending}
                onClick={() => setStatus.mutate(product.status === "active" ? "inactive" : "active")}
              >
                {t(product.status === "active" ? "product.deactivate" : "product.activate")}
              </Button>
              <ConfirmButton
                busy={setStatus.isPending}
                question={t("product.deleteQuestion", { name: product.name })}
                onConfirm={() => setStatus.mutate("deleted")}
              >
                {t("product.delete")}
              </ConfirmButton>
            </div>
            <Failure error={setStatus.error} />
            <OpenDeals error={setStatus.error} />
          </Section>
        </>
      ) : (
        <p>{product.description}</p>
      )}
    </Page>
  );
}

/** Lists the open deals that forbid a change of the product. */
function OpenDeals({ error }: { error: unknown }) {
  const { t } = useTranslation(["salesStaff", "common"]);
  if (!(error instanceof ApiError) || error.code !== "PRODUCT_HAS_DEALS") return null;
  const { deals = [] } = error.details as { deals?: string[] };
  return (
    <>
      <p>{t("product.openDeals")}</p>
      <ul>
        {deals.map((deal) => (
          <li key={deal}>
            <Link href={`/deals/${deal}`}>{t("deal.numbered", { id: deal })}</Link>
          </li>
        ))}
      </ul>
    </>
  );
}
