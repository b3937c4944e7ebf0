import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import type { Schemas } from "dibs-client";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { dateTime } from "../../app/format";
import { ConfirmButton } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Badge, Loading, Section } from "../../ui/page";
import { useToast } from "../../ui/toast";
import { SignOut } from "./sign_out";

const SESSIONS = ["account", "sessions"];

/** Lists where the account is signed in, and ends sessions. */
export function Sessions() {
  const { t } = useTranslation("account");
  const sessions = useQuery({
    queryKey: SESSIONS,
    queryFn: ({ signal }) => client.get("/users/me/sessions", { signal }),
  });
  return (
    <Section title={t("sessions.title")}>
      <p>{t("sessions.intro")}</p>
      <Failure error={sessions.error} retry={() => void sessions.refetch()} />
      {sessions.data ? (
        <ul className="sessions">
          {sessions.data.map((session) => (
            <li key={session.id}>
              <div>
                {session.user_agent ?? t("sessions.unknown")}{" "}
                {session.current && <Badge tone="info">{t("sessions.current")}</Badge>}
                <small className="muted">
                  {t("sessions.times", { begun: dateTime(session.created_at), used: dateTime(session.last_used_at) })}
                  {session.network && ` · ${session.network}`}
                </small>
              </div>
              {session.current ? <SignOut /> : <EndSession session={session} />}
            </li>
          ))}
        </ul>
      ) : (
        !sessions.error && <Loading />
      )}
    </Section>
  );
}

function EndSession({ session }: { session: Schemas["UserSession"] }) {
  const { t } = useTranslation("account");
  const toast = useToast();
  const queries = useQueryClient();
  const device = session.user_agent ?? t("sessions.unknown");
  const end = useMutation({
    mutationFn: () => client.delete("/users/me/sessions/{id}", { params: { path: { id: session.id } } }),
    onSuccess: () => toast(t("sessions.ended", { device })),
    onSettled: () => queries.invalidateQueries({ queryKey: SESSIONS }),
  });
  return (
    <>
      <Failure error={end.error} />
      <ConfirmButton
        small
        look="secondary"
        busy={end.isPending}
        question={t("sessions.question", { device, time: dateTime(session.created_at) })}
        onConfirm={() => end.mutate()}
      >
        {t("sessions.end")}
      </ConfirmButton>
    </>
  );
}
