import { useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../ui/button";
import { clampQuantity } from "./deal_state";

/** Renders the choice of a number of units from 1 to `max`. */
export function Quantity({ value, max, disabled, onChange }: {
  value: number;
  max: number;
  disabled: boolean;
  onChange: (value: number) => void;
}) {
  const { t } = useTranslation("deals");
  const id = useId();
  // What is being typed may be empty or too large for a moment; it counts as soon as it is a number that is allowed.
  const [draft, setDraft] = useState<string>();
  return (
    <div className="field">
      <label htmlFor={id}>{t("quantity")}</label>
      <div className="quantity">
        <Button look="secondary" disabled={disabled || value <= 1} aria-label={t("fewer")} onClick={() => onChange(value - 1)}>
          −
        </Button>
        <input
          id={id}
          type="number"
          inputMode="numeric"
          min={1}
          max={max}
          value={draft ?? value}
          disabled={disabled}
          onFocus={(event) => event.target.select()}
          onChange={({ target }) => {
            setDraft(target.value);
            if (target.value !== "") onChange(clampQuantity(target.value, max));
          }}
          onBlur={() => setDraft(undefined)}
        />
        <Button look="secondary" disabled={disabled || value >= max} aria-label={t("another")} onClick={() => onChange(value + 1)}>
          +
        </Button>
      </div>
    </div>
  );
}
