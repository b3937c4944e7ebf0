import { type ReactNode, useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Field } from "../../ui/field";
import type { Decision } from "./decisions";

const STORED = "dibs.decision.";

/** Asks for reason and message of a decision. What was given last is proposed, so that Enter repeats it. */
export function DecisionDialog({
  action,
  count,
  children,
  onDecide,
  onClose,
}: {
  action: Decision["action"];
  /** Number of requests, or of lines, that the decision is about. */
  count: number;
  /** What the decision is about, and what follows from it. */
  children?: ReactNode;
  onDecide: (decision: Decision) => void;
  onClose: () => void;
}) {
  const { t } = useTranslation(["requests", "common"]);
  const [reason, setReason] = useState(
    () => sessionStorage.getItem(`${STORED}${action}`) ?? (action === "approve" ? t("decision.approveReason") : ""),
  );
  const [message, setMessage] = useState("");
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    const first = form.current?.querySelector("input");
    first?.focus();
    first?.select();
  }, []);
  return (
    <Dialog title={t(`decision.${action}Title`, { count })} onClose={onClose}>
      <form
        ref={form}
        onSubmit={(event) => {
          event.preventDefault();
          sessionStorage.setItem(`${STORED}${action}`, reason.trim());
          onDecide({ action, reason: reason.trim(), message: message.trim() || null });
        }}
      >
        {children}
        <p>{t(`decision.${action}Effect`)}</p>
        <Field
          label={t("decision.reason")}
          hint={t("decision.reasonHint")}
          required
          maxLength={200}
          pattern=".*\S.*"
          value={reason}
          onChange={(event) => setReason(event.target.value)}
        />
        <Field
          label={t("decision.message")}
          hint={t("decision.messageHint")}
          maxLength={200}
          value={message}
          onChange={(event) => setMessage(event.target.value)}
        />
        <footer>
          <Button look="secondary" onClick={onClose}>
            {t("common:cancel")}
          </Button>
          <Button type="submit" look={action === "approve" ? "primary" : "danger"}>
            {t(`decision.${action}`, { count })}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}
