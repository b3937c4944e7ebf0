import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button";
import { useIsLocalStack } from "./local_stack";

const ACCOUNTS = ["user1", "user2", "operator", "auditor", "admin"] as const;
const PASSWORD = "password123";

/** Renders a button for each account of the local stack, which signs it in. */
export function DemoAccounts({ signIn, disabled }: {
  signIn: (credentials: { email: string; password: string }) => void;
  disabled: boolean;
}) {
  const { t } = useTranslation("account");
  if (!useIsLocalStack()) return null;
  return (
    <section className="card demo-accounts" aria-labelledby="demo-accounts">
      <h2 id="demo-accounts">{t("demo.title")}</h2>
      <p className="muted">{t("demo.hint", { password: PASSWORD })}</p>
      <ul>
        {ACCOUNTS.map((name) => (
          <li key={name}>
            <Button
              look="secondary"
              small
              disabled={disabled}
              onClick={() => signIn({ email: `${name}@test.com`, password: PASSWORD })}
            >
              {name}@test.com
            </Button>
            <span className="muted">{t(`demo.${name}`)}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
