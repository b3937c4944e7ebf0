import type { User } from "dibs-client";
import { Authenticator } from "./authenticator";
import { PasswordForm } from "./password_form";
import { Sessions } from "./sessions";

/** Shows and changes how the account is protected: password, authenticator app, sessions. */
export function Security({ account }: { account: User }) {
  return (
    <>
      <PasswordForm account={account} />
      <Authenticator account={account} />
      <Sessions />
    </>
  );
}
