import { useId } from "react";
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
          value={value}
          disabled={disabled}
          onFocus={(event) => event.target.select()}
          onChange={(event) => onChange(clampQuantity(event.target.value, max))}
        />
        <Button look="secondary" disabled={disabled || value >= max} aria-label={t("another")} onClick={() => onChange(value + 1)}>
          +
        </Button>
      </div>
    </div>
  );
}
