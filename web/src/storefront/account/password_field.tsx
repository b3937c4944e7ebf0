import { type ComponentProps, useState } from "react";
import { useTranslation } from "react-i18next";
import { Checkbox, Field } from "../../ui/field";

/** Renders an input for a password with a switch that shows what was typed. */
export function PasswordField(props: ComponentProps<typeof Field>) {
  const { t } = useTranslation("account");
  const [shown, setShown] = useState(false);
  return (
    <div className="password-field">
      <Field {...props} type={shown ? "text" : "password"} spellCheck={false} autoCapitalize="none" />
      <Checkbox label={t("showPassword")} checked={shown} onChange={(event) => setShown(event.target.checked)} />
    </div>
  );
}
