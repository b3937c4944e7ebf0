import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ApiError, OfflineError } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { money } from "../../app/format";
import { withIntent } from "../../app/intent";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Field } from "../../ui/field";
import { Notice } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { CHARGE_MAX, parseAmount } from "./amount";

const USUAL = [10_000, 50_000, 100_000];

/** Charges the balance. `back` says that the page returns to a purchase afterwards. */
export function Charge({ amount: wanted, back, onCharged }: {
  /** Amount that is missing for a purchase. */
  amount: string | null;
  back: boolean;
  onCharged: () => void;
}) {
  const { t } = useTranslation("balance");
  const queries = useQueryClient();
  const toast = useToast();
  const [typed, setTyped] = useState(wanted ?? "");
  const [tried, setTried] = useState(false);
  const amount = parseAmount(typed);
  const charge = useMutation({
    mutationFn: (won: number) =>
      withIntent(`charge ${won}`, (idempotencyKey) => client.post("/balance/charge", { body: { amount: won }, idempotencyKey })),
    onSuccess: async (entry) => {
      setTyped("");
      setTried(false);
      toast(t("charged", { amount: money(entry.amount), balance: money(entry.balance_after) }));
      await queries.invalidateQueries({ queryKey: ["balance"] });
      onCharged();
    },
  });
  const code = charge.error instanceof ApiError ? charge.error.code : undefined;
  if (code === "SELF_CHARGE_OFF") {
    return (
      <Notice tone="warn" title={t("offTitle")}>
        <p>{t("offText")}</p>
      </Notice>
    );
  }
  const invalid = (tried && amount === undefined) || code === "INVALID_AMOUNT" || code === "VALIDATION_ERROR";
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        setTried(true);
        if (amount !== undefined && !charge.isPending) charge.mutate(amount);
      }}
    >
      {back && <p>{t("backHint")}</p>}
      <Field
        label={t("amount")}
        name="amount"
        inputMode="numeric"
        autoComplete="off"
        value={typed}
        hint={t("amountHint", { max: money(CHARGE_MAX) })}
        error={invalid ? t("amountWrong", { max: money(CHARGE_MAX) }) : undefined}
        onChange={(event) => {
          setTyped(event.target.value);
          setTried(false);
          charge.reset();
        }}
      />
      <div className="row usual">
        {USUAL.map((value) => (
          <Button key={value} small look="secondary" aria-pressed={amount === value} onClick={() => setTyped(String(value))}>
            {money(value)}
          </Button>
        ))}
      </div>
      {!invalid && code !== "UNAUTHORIZED" && (
        <Failure error={charge.error}>{charge.error instanceof OfflineError && <p>{t("lost")}</p>}</Failure>
      )}
      <Button type="submit" busy={charge.isPending}>
        {amount === undefined ? t("charge") : t("chargeAmount", { amount: money(amount) })}
      </Button>
    </form>
  );
}
