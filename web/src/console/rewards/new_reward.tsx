import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { client } from "../../app/client";
import { fieldErrors } from "../../app/failure";
import { withIntent } from "../../app/intent";
import { fromInput, zoneLabel } from "../../app/local_time";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Failure } from "../../ui/error";
import { Checkbox, Field } from "../../ui/field";
import { useToast } from "../../ui/toast";

const TYPES = ["POINT", "ITEM", "COUPON", "BADGE"] as const;

/** Creates a reward of one of the types. */
export function NewReward({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation(["rewards", "common"]);
  const toast = useToast();
  const cache = useQueryClient();
  const [, navigate] = useLocation();
  const [type, setType] = useState<(typeof TYPES)[number]>("POINT");
  const [values, setValues] = useState({
    name: "",
    points: "",
    itemId: "",
    quantity: "1",
    badgeId: "",
    code: "",
    expectedCodes: "1000",
    expiresAt: "",
  });
  const [pool, setPool] = useState(false);
  const [external, setExternal] = useState(false);
  const create = useMutation({
    mutationFn: (): Promise<Schemas["Reward"]> => {
      const common = { name: values.name, fulfilment: external ? ("external" as const) : ("internal" as const) };
      const send = <Body,>(body: Body, post: (body: Body, idempotencyKey: string) => Promise<Schemas["Reward"]>) =>
        withIntent(`reward ${type} ${JSON.stringify(body)}`, (key) => post(body, key));
      switch (type) {
        case "POINT":
          return send({ ...common, points: Number(values.points) }, (body, idempotencyKey) =>
            client.post("/rewards/point", { body, idempotencyKey }),
          );
        case "ITEM":
          return send(
            { ...common, item_id: values.itemId, quantity: Number(values.quantity) },
            (body, idempotencyKey) => client.post("/rewards/item", { body, idempotencyKey }),
          );
        case "COUPON": {
          const kind = pool
            ? { pool, expected_codes: Number(values.expectedCodes) }
            : { pool, coupon_code: values.code };
          return send({ ...common, ...kind, expires_at: fromInput(values.expiresAt) ?? null }, (body, idempotencyKey) =>
            client.post("/rewards/coupon", { body, idempotencyKey }),
          );
        }
        case "BADGE":
          return send({ ...common, badge_id: values.badgeId }, (body, idempotencyKey) =>
            client.post("/rewards/badge", { body, idempotencyKey }),
          );
      }
    },
    onSuccess: async (reward) => {
      await cache.invalidateQueries({ queryKey: ["rewards"] });
      toast(t("newReward.created", { name: reward.name }));
      onClose();
      navigate(`/rewards/${reward.id}`);
    },
  });
  const refused = fieldErrors(create.error);
  const bind = (field: keyof typeof values) => ({
    value: values[field],
    onChange: (event: { target: { value: string } }) => setValues((old) => ({ ...old, [field]: event.target.value })),
  });
  const number = { type: "number", min: 1, max: 1_000_000, required: true } as const;
  const id = {
    required: true,
    maxLength: 64,
    pattern: "[A-Za-z0-9_.\\-]+",
    title: t("newReward.idHint"),
    autoComplete: "off",
    spellCheck: false,
  } as const;
  return (
    <Dialog title={t("newReward.title")} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          create.mutate();
        }}
      >
        <fieldset className="reward-kinds">
          <legend>{t("rewards.type")}</legend>
          {TYPES.map((name) => (
            <label key={name}>
              <input type="radio" name="type" checked={type === name} onChange={() => setType(name)} />{" "}
              {t(`kind.${name}`)}
            </label>
          ))}
        </fieldset>
        <Field label={t("rewards.name")} required maxLength={200} error={refused.name} {...bind("name")} />
        {type === "POINT" && (
          <Field label={t("newReward.points")} {...number} error={refused.points} {...bind("points")} />
        )}
        {type === "ITEM" && (
          <>
            <Field
              label={t("newReward.itemId")}
              hint={t("newReward.idHint")}
              {...id}
              error={refused.item_id}
              {...bind("itemId")}
            />
            <Field label={t("newReward.quantity")} {...number} error={refused.quantity} {...bind("quantity")} />
          </>
        )}
        {type === "BADGE" && (
          <Field
            label={t("newReward.badgeId")}
            hint={t("newReward.idHint")}
            {...id}
            error={refused.badge_id}
            {...bind("badgeId")}
          />
        )}
        {type === "COUPON" && (
          <>
            <Checkbox label={t("newReward.pool")} checked={pool} onChange={(event) => setPool(event.target.checked)} />
            {pool ? (
              <Field
                label={t("newReward.expectedCodes")}
                hint={t("newReward.expectedCodesHint")}
                {...number}
                max={100_000}
                error={refused.expected_codes}
                {...bind("expectedCodes")}
              />
            ) : (
              <Field
                label={t("newReward.code")}
                hint={t("newReward.codeHint")}
                required
                maxLength={64}
                pattern="[!-~]+"
                title={t("newReward.codeHint")}
                autoComplete="off"
                spellCheck={false}
                error={refused.coupon_code}
                {...bind("code")}
              />
            )}
            <Field
              label={t("newReward.expiresAt")}
              hint={t("newReward.expiresHint", { zone: zoneLabel() })}
              type="datetime-local"
              error={refused.expires_at}
              {...bind("expiresAt")}
            />
          </>
        )}
        <Checkbox
          label={t("newReward.external")}
          checked={external}
          onChange={(event) => setExternal(event.target.checked)}
        />
        <Failure error={create.error} />
        <footer>
          <Button look="secondary" onClick={onClose}>
            {t("common:cancel")}
          </Button>
          <Button type="submit" busy={create.isPending}>
            {t("newReward.submit")}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
