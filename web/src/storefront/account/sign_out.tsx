import { useMutation } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useLocation } from "wouter";
import { client } from "../../app/client";
import { queryClient } from "../../app/query";
import { Button } from "../../ui/button";
import { useToast } from "../../ui/toast";

/** Signs out in all tabs of this browser. */
export function SignOut() {
  const { t } = useTranslation("account");
  const { t: common } = useTranslation("common");
  const [, navigate] = useLocation();
  const toast = useToast();
  const signOut = useMutation({
    mutationFn: () => {
      // First, since the page for signed-in users would lead to the page to sign in.
      navigate("/");
      return client.signOut();
    },
    onSuccess: () => toast(t("signOut.done")),
    onError: () => toast(t("signOut.unknown"), "info"),
    onSettled: () => queryClient.clear(),
  });
  return (
    <Button look="secondary" busy={signOut.isPending} onClick={() => signOut.mutate()}>
      {common("nav.signOut")}
    </Button>
  );
}
