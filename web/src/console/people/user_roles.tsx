import { useMutation, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { useAccount } from "../../app/session";
import { Button } from "../../ui/button";
import { Dialog } from "../../ui/dialog";
import { Failure } from "../../ui/error";
import { Section } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { ROLES, type Role, useRoleNames } from "./badges";

/** Changes the roles of a user. Says before what follows, since a removed role ends the sessions of the user. */
export function UserRoles({ user }: { user: Schemas["UserDetail"] }) {
  const { t } = useTranslation(["people", "common"]);
  const toast = useToast();
  const names = useRoleNames();
  const cache = useQueryClient();
  const isOwn = String(useAccount().id) === String(user.id);
  const [roles, setRoles] = useState<readonly Role[]>(user.roles);
  const [asks, setAsks] = useState(false);
  const added = roles.filter((role) => !user.roles.includes(role));
  const removed = user.roles.filter((role) => !roles.includes(role));
  const save = useMutation({
    mutationFn: () =>
      client.put("/auth/users/{id}/roles", { params: { path: { id: String(user.id) } }, body: { roles: [...roles] } }),
    onSuccess: async () => {
      toast(t("roles.saved"));
      // The own session has the new roles with its next access token only.
      if (isOwn) await client.refresh();
    },
    onSettled: () => cache.invalidateQueries({ queryKey: ["users"] }),
  });
  return (
    <Section title={t("account.roles")}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setAsks(true);
        }}
      >
        <fieldset className="people-choices">
          <legend className="hidden">{t("account.roles")}</legend>
          {ROLES.map((role) => (
            <label key={role}>
              <input
                type="checkbox"
                checked={roles.includes(role)}
                onChange={(event) => setRoles(event.target.checked ? [...roles, role] : roles.filter((other) => other !== role))}
              />
              <span>
                {t(`role.${role}`)}
                <small className="muted">{t(`roles.effect.${role}`)}</small>
              </span>
            </label>
          ))}
        </fieldset>
        {isOwn && <p className="muted">{t("roles.own")}</p>}
        {roles.length === 0 && <p className="people-error">{t("roles.needed")}</p>}
        <Failure error={save.error} />
        <Button type="submit" busy={save.isPending} disabled={roles.length === 0 || added.length + removed.length === 0}>
          {t("roles.save")}
        </Button>
      </form>
      {asks && (
        <Dialog title={t("roles.question", { user: user.name ?? user.id })} onClose={() => setAsks(false)}>
          {added.length > 0 && <p>{t("roles.adds", { roles: names(added) })}</p>}
          {removed.length > 0 && <p>{t("roles.removes", { roles: names(removed) })}</p>}
          {isOwn && removed.length > 0 && <p>{t("roles.ownRemoved")}</p>}
          <footer>
            <Button look="secondary" onClick={() => setAsks(false)}>
              {t("common:back")}
            </Button>
            <Button
              look={removed.length > 0 ? "danger" : "primary"}
              onClick={() => {
                setAsks(false);
                save.mutate();
              }}
            >
              {t("roles.save")}
            </Button>
          </footer>
        </Dialog>
      )}
    </Section>
  );
}
