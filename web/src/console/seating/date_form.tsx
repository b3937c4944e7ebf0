import type { Schemas } from "dibs-client";
import { type FormEvent, useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { fieldErrors } from "../../app/failure";
import { count, money } from "../../app/format";
import { dayIn } from "../../app/local_time";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Field } from "../../ui/field";
import { MOST_SEATS, newSection, problems, seatCount, toSections } from "./layout";
import { LayoutEditor } from "./layout_editor";
import "./seating.css";

const KINDS = ["oneRow", "sections"] as const;

/** Renders the fields of a new date: its day, and its seats in one row or in sections. */
export function DateForm({ timeZone, busy, error, onSubmit }: {
  timeZone: string;
  busy: boolean;
  error: unknown;
  onSubmit: (body: Schemas["ConcertDateCreate"]) => void;
}) {
  const { t } = useTranslation(["seating", "common"]);
  const [kind, setKind] = useState<(typeof KINDS)[number]>("oneRow");
  const [date, setDate] = useState("");
  const [seats, setSeats] = useState("50");
  const [price, setPrice] = useState("");
  const [sections, setSections] = useState([newSection(1, "A")]);
  const [tried, setTried] = useState(false);
  const errors = fieldErrors(error);
  const send = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (kind === "oneRow") return onSubmit({ date, seats: Number(seats), price: Number(price) });
    if (problems(sections).every((found) => found.length === 0) && seatCount(sections) <= MOST_SEATS) {
      onSubmit({ date, sections: toSections(sections) });
    }
  };
  return (
    <form onSubmit={send}>
      <div className="narrow">
        <Field
          label={t("date.one")}
          hint={t("date.zoneHint", { zone: timeZone })}
          type="date"
          required
          min={dayIn(timeZone, client.now())}
          value={date}
          error={errors.date}
          onChange={(event) => setDate(event.target.value)}
        />
      </div>
      <fieldset className="seating-kinds">
        <legend>{t("date.kind")}</legend>
        {KINDS.map((name) => (
          <label key={name}>
            <input type="radio" name="kind" checked={kind === name} onChange={() => setKind(name)} /> {t(`date.kinds.${name}`)}
          </label>
        ))}
      </fieldset>
      {kind === "oneRow" ? (
        <div className="columns">
          <Field
            label={t("date.seats")}
            hint={t("date.seatsHint", { most: count(MOST_SEATS) })}
            type="number"
            min={1}
            max={MOST_SEATS}
            required
            value={seats}
            error={errors.seats}
            onChange={(event) => setSeats(event.target.value)}
          />
          <Field
            label={t("date.price")}
            hint={price ? money(Number(price)) : t("layout.priceHint")}
            type="number"
            min={0}
            max={100_000_000}
            required
            value={price}
            error={errors.price}
            onChange={(event) => setPrice(event.target.value)}
          />
        </div>
      ) : (
        <LayoutEditor sections={sections} onChange={setSections} errors={errors} shown={tried} />
      )}
      <p className="muted">{t("date.fixed")}</p>
      <Failure error={error} />
      <Button type="submit" busy={busy}>
        {t("date.create")}
      </Button>
    </form>
  );
}
