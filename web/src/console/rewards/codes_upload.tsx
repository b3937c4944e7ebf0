import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { count } from "../../app/format";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { Checkbox, Field, Select, TextArea } from "../../ui/field";
import { Notice, Section } from "../../ui/page";
import { type Cells, guessColumn, readCells, type ReadCodes, takeCodes } from "./codes";
import { useCodesUpload } from "./use_codes_upload";

const SHOWN = 100;

/** Takes codes for a pool from a file or a text. */
export function CodesUpload({ rewardId }: { rewardId: string }) {
  const { t } = useTranslation("rewards");
  const [cells, setCells] = useState<Cells>([]);
  const [column, setColumn] = useState(0);
  const [heading, setHeading] = useState(false);
  const [text, setText] = useState("");
  // Rises with each choice, so that an upload belongs to one choice.
  const [choice, setChoice] = useState(0);
  const [running, setRunning] = useState(false);
  const read = useMemo(() => takeCodes(cells, column, heading), [cells, column, heading]);
  const take = (found: Cells) => {
    const guess = guessColumn(found);
    setCells(found);
    setColumn(guess.column);
    setHeading(guess.heading);
    setChoice((old) => old + 1);
    setRunning(false);
  };
  const columns = cells[0]?.length ?? 0;
  return (
    <Section title={t("codes.title")}>
      <p className="muted">{t("codes.advice")}</p>
      <div className="columns">
        <Field
          label={t("codes.file")}
          hint={t("codes.fileHint")}
          type="file"
          accept=".txt,.csv,.tsv,text/plain,text/csv"
          disabled={running}
          onChange={async (event) => {
            const file = event.target.files?.[0];
            if (file) take(readCells(await file.text(), /\.(csv|tsv)$/i.test(file.name) || file.type === "text/csv"));
          }}
        />
        <div>
          <TextArea
            label={t("codes.text")}
            hint={t("codes.textHint")}
            rows={3}
            spellCheck={false}
            disabled={running}
            value={text}
            onChange={(event) => setText(event.target.value)}
          />
          <Button
            small
            look="secondary"
            disabled={running || text.trim() === ""}
            onClick={() => take(readCells(text, false))}
          >
            {t("codes.takeText")}
          </Button>
        </div>
      </div>
      {cells.length > 0 && (
        <>
          {(columns > 1 || heading) && (
            <div className="inline-form">
              {columns > 1 && (
                <Select
                  label={t("codes.column")}
                  disabled={running}
                  value={column}
                  onChange={(event) => setColumn(Number(event.target.value))}
                >
                  {cells[0]?.map((cell, at) => (
                    // Columns have no other identity than their place.
                    <option key={at} value={at}>
                      {t("codes.columnName", { place: at + 1, name: cell })}
                    </option>
                  ))}
                </Select>
              )}
              <Checkbox
                label={t("codes.heading")}
                disabled={running}
                checked={heading}
                onChange={(event) => setHeading(event.target.checked)}
              />
            </div>
          )}
          <Found read={read} />
          {read.codes.length > 0 && (
            <Progress
              key={`${choice} ${column} ${heading}`}
              rewardId={rewardId}
              codes={read.codes}
              onRunning={setRunning}
            />
          )}
        </>
      )}
    </Section>
  );
}

/** Says what was found in the file. */
function Found({ read }: { read: ReadCodes }) {
  const { t } = useTranslation("rewards");
  return (
    <>
      <p role="status">
        <strong>{t("codes.found", { count: read.codes.length, number: count(read.codes.length) })}</strong>{" "}
        {read.repeated > 0 && t("codes.repeated", { count: read.repeated, number: count(read.repeated) })}
      </p>
      {read.invalid.length > 0 && (
        <Notice
          tone="warn"
          title={t("codes.invalid", { count: read.invalid.length, number: count(read.invalid.length) })}
        >
          <p>{t("codes.invalidAdvice")}</p>
          <ul className="codes-list">
            {read.invalid.slice(0, SHOWN).map(({ row, text }) => (
              <li key={row}>{t("codes.invalidRow", { row: count(row), text: text.slice(0, 80) || "–" })}</li>
            ))}
          </ul>
        </Notice>
      )}
    </>
  );
}

/** Sends the codes, with their progress. */
function Progress({
  rewardId,
  codes,
  onRunning,
}: {
  rewardId: string;
  codes: readonly string[];
  onRunning: (running: boolean) => void;
}) {
  const { t } = useTranslation("rewards");
  const state = useCodesUpload(rewardId, codes);
  const { upload, sent, total, duplicates, isRunning, isDone, error } = state;
  const begun = upload.done > 0;
  const start = () => {
    onRunning(true);
    state.start(() => onRunning(false));
  };
  const numbers = {
    sent: count(sent),
    total: count(total),
    added: count(upload.added),
    duplicates: count(upload.duplicates),
  };
  return (
    <div>
      {(begun || isRunning) && (
        <>
          <progress max={total} value={sent} aria-label={t("codes.progress")} />
          <p className="number">{t("codes.numbers", numbers)}</p>
        </>
      )}
      <p className="hidden" role="status">
        {isDone ? t("codes.done", numbers) : isRunning ? t("codes.running") : begun ? t("codes.stopped") : ""}
      </p>
      <Failure error={error}>
        <p>{t("codes.failedAdvice")}</p>
      </Failure>
      {isDone && <Notice tone="good" title={t("codes.done", numbers)} />}
      {!isDone && begun && !isRunning && !error && (
        <Notice title={t("codes.stopped")}>{t("codes.stoppedAdvice")}</Notice>
      )}
      {duplicates.length > 0 && (
        <details>
          <summary>{t("codes.duplicates", { count: duplicates.length, number: count(duplicates.length) })}</summary>
          <ul className="codes-list">
            {duplicates.slice(0, SHOWN).map((code, place) => (
              // The pool may name a code of two calls twice.
              <li key={place}>
                <code>{code}</code>
              </li>
            ))}
          </ul>
          {duplicates.length > SHOWN && (
            <p>{t("codes.duplicatesMore", { number: count(duplicates.length - SHOWN) })}</p>
          )}
        </details>
      )}
      <div className="actions">
        {!isDone && (
          <Button busy={isRunning} onClick={start}>
            {begun ? t("codes.resume") : t("codes.start", { count: total, number: count(total) })}
          </Button>
        )}
        {isRunning && (
          <Button look="secondary" busy={state.isStopping} onClick={state.stop}>
            {t("codes.stop")}
          </Button>
        )}
      </div>
    </div>
  );
}
