import { useTranslation } from "react-i18next";
import { count } from "../../app/format";
import { Checkbox } from "../../ui/field";
import { EVENT_GROUPS, EVENT_TYPES, type EventGroup, eventText, isChosen, toggleGroup, toggleType } from "./event_types";

/** Chooses the types of events that a webhook receives: all, whole kinds, or single ones. */
export function EventChoice({ chosen, error, onChange }: {
  chosen: readonly string[];
  error: string | undefined;
  onChange: (chosen: string[]) => void;
}) {
  const { t } = useTranslation("operations");
  const all = chosen.includes("*");
  return (
    <fieldset className="group operations-events" aria-invalid={error ? true : undefined}>
      <legend>{t("webhook.events")}</legend>
      <Checkbox label={t("webhook.allEvents")} checked={all} onChange={(event) => onChange(event.target.checked ? ["*"] : [])} />
      {!all && EVENT_GROUPS.map((group) => <Group key={group} group={group} chosen={chosen} onChange={onChange} />)}
      {error && (
        <small className="error" role="alert">
          {error}
        </small>
      )}
    </fieldset>
  );
}

function Group({ group, chosen, onChange }: {
  group: EventGroup;
  chosen: readonly string[];
  onChange: (chosen: string[]) => void;
}) {
  const { t } = useTranslation("operations");
  const names: readonly string[] = EVENT_TYPES[group];
  const number = names.filter((name) => isChosen(chosen, `${group}.${name}`)).length;
  const whole = chosen.includes(`${group}.*`);
  return (
    <details>
      <summary>
        {t(`group.${group}`)} <span className="muted">{t("webhook.chosen", { number: count(number), total: count(names.length) })}</span>
      </summary>
      <Checkbox
        label={
          <>
            {t("webhook.wholeGroup")} <code>{group}.*</code>
          </>
        }
        checked={whole}
        onChange={(event) => onChange(toggleGroup(chosen, group, event.target.checked))}
      />
      {names.map((name) => (
        <Checkbox
          key={name}
          label={
            <>
              {t(eventText(group, name))} <code>{`${group}.${name}`}</code>
            </>
          }
          checked={isChosen(chosen, `${group}.${name}`)}
          onChange={(event) => onChange(toggleType(chosen, group, name, event.target.checked))}
        />
      ))}
    </details>
  );
}
