import { useMutation } from "@tanstack/react-query";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { client } from "../../app/client";
import { fieldErrors } from "../../app/failure";
import { isMissing } from "../../app/query";
import { hasRole, useAccount } from "../../app/session";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Field } from "../../ui/field";

/** Opens the page of a user by id and, for administrators, by e-mail address. */
export function FindUser() {
  const { t } = useTranslation("people");
  const [, navigate] = useLocation();
  const admin = hasRole(useAccount());
  const [text, setText] = useState("");
  const find = useMutation({
    mutationFn: async (wanted: string) => {
      if (!admin || !wanted.includes("@")) return wanted;
      const user = await client.get("/auth/users/email", { params: { query: { email: wanted } } });
      return String(user.id);
    },
    onSuccess: (id) => navigate(`/users/${encodeURIComponent(id)}`),
  });
  const unknown = isMissing(find.error);
  return (
    <search>
      <form
        className="people-find"
        onSubmit={(event) => {
          event.preventDefault();
          if (text.trim()) find.mutate(text.trim());
        }}
      >
        <Field
          label={t(admin ? "find.idOrEmail" : "find.id")}
          hint={t(admin ? "find.idOrEmailHint" : "find.idHint")}
          error={unknown ? t("find.unknownEmail") : fieldErrors(find.error).email}
          required
          autoComplete="off"
          spellCheck={false}
          maxLength={255}
          pattern={admin ? undefined : "[A-Za-z0-9_.\\-]+"}
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
        <Button type="submit" busy={find.isPending}>
          {t("find.open")}
        </Button>
      </form>
      {!unknown && <Failure error={find.error} retry={() => find.mutate(text.trim())} />}
    </search>
  );
}
