import { type ReactNode, useId, useState } from "react";
import { useTranslation } from "react-i18next";
import { useFailureText } from "../../app/failure";
import { nearest } from "./steps";
import { useSetting } from "./use_setting";
import "./seating.css";

/** Renders a setting of a queue as a slider over round values, with an input for exact ones. */
export function SettingSlider({ label, exactLabel, value, steps, whole, text, send, children }: {
  label: string;
  /** Label of the input for an exact value. */
  exactLabel: string;
  /** Value of the server. */
  value: number;
  /** Values of the slider, in ascending order. */
  steps: readonly number[];
  whole: boolean;
  /** Returns a value with its unit. */
  text: (value: number) => string;
  /** Sends a value, and rejects if it is refused. */
  send: (value: number) => Promise<unknown>;
  /** Returns what a value does to the users of the queue. */
  children: (shown: number) => ReactNode;
}) {
  const { t } = useTranslation(["seating", "common"]);
  const failure = useFailureText();
  const id = useId();
  const { shown, state, error, overtaken, set } = useSetting(value, send);
  const [typed, setTyped] = useState<string>();
  const [least, most] = [steps[0] as number, steps.at(-1) as number];
  const type = (text: string) => {
    setTyped(text);
    const next = Number(text);
    if (text !== "" && next >= least && next <= most && (!whole || Number.isInteger(next))) set(next);
  };
  return (
    <div className="seating-setting">
      <div className="section-head">
        <label htmlFor={id}>
          <strong>{label}</strong>
        </label>
        <output htmlFor={id} className="big number">
          {text(shown)}
        </output>
      </div>
      <input
        id={id}
        type="range"
        min={0}
        max={steps.length - 1}
        step={1}
        value={nearest(steps, shown)}
        aria-valuetext={text(shown)}
        onChange={(event) => {
          setTyped(undefined);
          set(steps[Number(event.target.value)] as number);
        }}
      />
      <div className="row">
        <label className="row">
          <span>{exactLabel}</span>
          <input
            type="number"
            className="seating-exact"
            min={least}
            max={most}
            step={whole ? 1 : "any"}
            value={typed ?? shown}
            onChange={(event) => type(event.target.value)}
            onBlur={() => setTyped(undefined)}
          />
        </label>
        <small role="status" className="muted">
          {t(`setting.${state}`)}
        </small>
      </div>
      {overtaken !== undefined && (
        <small className="seating-warn" role="status">
          {t("setting.overtaken", { value: text(overtaken) })}
        </small>
      )}
      {Boolean(error) && (
        <small className="error" role="alert">
          {t("setting.refused", { value: text(shown), reason: failure(error) })}
        </small>
      )}
      <small>{children(shown)}</small>
    </div>
  );
}
