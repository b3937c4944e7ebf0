import { useTranslation } from "react-i18next";
import { count, money } from "../../app/format";
import { Button } from "../../ui/button";
import { Checkbox, Field, Select } from "../../ui/field";
import {
  letters,
  MOST_ROWS,
  MOST_SEATS,
  MOST_SECTIONS,
  newSection,
  problems,
  seatCount,
  seatNames,
  type SectionDraft,
} from "./layout";
import { LayoutPreview } from "./layout_preview";

/** Edits the sections of a date, with a preview and the number of seats. */
export function LayoutEditor({ sections, onChange, errors, shown }: {
  sections: readonly SectionDraft[];
  onChange: (sections: SectionDraft[]) => void;
  /** Errors of the API by field, such as `sections[0].name`. */
  errors: Record<string, string>;
  /** Whether what is missing is said at the fields. */
  shown: boolean;
}) {
  const { t } = useTranslation(["seating", "common"]);
  const wrong = problems(sections);
  const seats = seatCount(sections);
  const add = () => {
    const key = Math.max(0, ...sections.map((section) => section.key)) + 1;
    const names = new Set(sections.map((section) => section.name));
    let number = 1;
    while (names.has(letters(number))) number += 1;
    onChange([...sections, newSection(key, letters(number))]);
  };
  return (
    <div className="seating-editor">
      <div>
        {sections.map((section, at) => (
          <SectionFields
            key={section.key}
            section={section}
            error={(field, ...codes) => {
              const code = codes.find((one) => wrong[at]?.includes(one));
              return (shown && code ? t(`layout.problem.${code}`) : undefined) ?? errors[`sections[${at}].${field}`];
            }}
            onChange={(changed) => onChange(sections.map((one) => (one.key === changed.key ? changed : one)))}
            onRemove={sections.length > 1 ? () => onChange(sections.filter((one) => one !== section)) : undefined}
          />
        ))}
        <Button look="secondary" disabled={sections.length >= MOST_SECTIONS} onClick={add}>
          {t("layout.add")}
        </Button>
      </div>
      <div className="seating-side">
        <p role="status">
          <strong className="big number">{count(seats)}</strong> {t("layout.seats", { most: count(MOST_SEATS) })}
        </p>
        <meter aria-label={t("layout.used")} min={0} max={MOST_SEATS} high={MOST_SEATS * 0.95} value={Math.min(seats, MOST_SEATS)} />
        {seats > MOST_SEATS && (
          <small className="error" role="alert">
            {t("layout.tooMany", { count: seats - MOST_SEATS, seats: count(seats - MOST_SEATS) })}
          </small>
        )}
        {errors.sections && (
          <small className="error" role="alert">
            {errors.sections}
          </small>
        )}
        <p className="muted">{t("layout.stage")}</p>
        <LayoutPreview sections={sections} />
      </div>
    </div>
  );
}

function SectionFields({ section, error, onChange, onRemove }: {
  section: SectionDraft;
  error: (field: string, ...codes: ("name" | "nameTwice" | "price" | "rows" | "seats" | "lengths")[]) => string | undefined;
  onChange: (section: SectionDraft) => void;
  onRemove: (() => void) | undefined;
}) {
  const { t } = useTranslation(["seating", "common"]);
  const set = (changes: Partial<SectionDraft>) => onChange({ ...section, ...changes });
  const names = seatNames(section);
  const price = Number(section.price);
  const differ = section.lengths !== null;
  return (
    <fieldset className="group seating-section">
      <legend>{t("layout.section", { name: section.name })}</legend>
      <div className="seating-fields">
        <Field
          label={t("layout.name")}
          maxLength={10}
          required
          value={section.name}
          error={error("name", "name", "nameTwice")}
          onChange={(event) => set({ name: event.target.value.trim() })}
        />
        <Field
          label={t("layout.price")}
          hint={section.price ? money(price) : t("layout.priceHint")}
          type="number"
          min={0}
          max={100_000_000}
          required
          value={section.price}
          error={error("price", "price")}
          onChange={(event) => set({ price: event.target.value })}
        />
        {!differ && (
          <>
            <Field
              label={t("layout.rows")}
              type="number"
              min={1}
              max={MOST_ROWS}
              required
              value={section.rows}
              error={error("rows", "rows")}
              onChange={(event) => set({ rows: event.target.value })}
            />
            <Field
              label={t("layout.seatsOfRow")}
              type="number"
              min={1}
              max={MOST_SEATS}
              required
              value={section.seats}
              error={error("seats", "seats")}
              onChange={(event) => set({ seats: event.target.value })}
            />
          </>
        )}
        <Select
          label={t("layout.naming")}
          value={section.naming}
          onChange={(event) => set({ naming: event.target.value as SectionDraft["naming"] })}
        >
          <option value="numbers">{t("layout.numbers")}</option>
          <option value="letters">{t("layout.letters")}</option>
        </Select>
      </div>
      <Checkbox
        label={t("layout.differ")}
        checked={differ}
        onChange={(event) => {
          const rows = Math.min(Number(section.rows) || 1, MOST_ROWS);
          set({ lengths: event.target.checked ? Array(rows).fill(section.seats).join(", ") : null });
        }}
      />
      {differ && (
        <Field
          label={t("layout.lengths")}
          hint={t("layout.lengthsHint")}
          required
          value={section.lengths ?? ""}
          error={error("rows", "lengths")}
          onChange={(event) => set({ lengths: event.target.value })}
        />
      )}
      <div className="row">
        <small className="muted">{names && t("layout.names", { first: names[0], last: names[1] })}</small>
        {onRemove && (
          <Button small look="plain" onClick={onRemove}>
            {t("layout.remove", { name: section.name })}
          </Button>
        )}
      </div>
    </fieldset>
  );
}
