import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "../../../ui/button";
import { Failure } from "../../../ui/error";
import { Field, Select } from "../../../ui/field";
import { Notice, Section } from "../../../ui/page";
import { isHour } from "./hours";
import { loadRoots } from "./loading";
import { CheckProgress } from "./progress";
import { ReportView } from "./report";
import { readRoots } from "./roots";
import { useCheck } from "./use_check";
import { verify } from "./verify";

const SOURCES = ["file", "deployment", "none"] as const;
type Source = (typeof SOURCES)[number];

interface Input {
  files: File[];
  rootFiles: File[];
  source: Source;
  from: string;
  to: string;
}

/** Line of a chosen file that is no root. */
class BadRoots extends Error {
  constructor(
    readonly file: string,
    readonly line: number,
  ) {
    super();
  }
}

/** Verifies exports that the auditor chooses. Neither they nor the kept roots leave the browser. */
export function FileCheck() {
  const { t } = useTranslation("people");
  const [input, setInput] = useState<Input>({ files: [], rootFiles: [], source: "deployment", from: "", to: "" });
  const check = useCheck(async (given: Input, onProgress, signal) => {
    const roots = (await rootsOf(given, signal)).filter(
      ({ hour }) => (given.from === "" || hour >= given.from) && (given.to === "" || hour < given.to),
    );
    const texts = await Promise.all(given.files.map((file) => file.text()));
    const lines = texts.flatMap((text) => (text === "" ? [] : text.replace(/\n$/, "").split("\n")));
    const report = await verify(lines, roots, { onProgress: (done, total) => onProgress({ step: "hashing", done, total }), signal });
    return { report, hasRoots: roots.length > 0 };
  });
  const hourError = (hour: string) => (hour === "" || isHour(hour) ? undefined : t("verify.hourFormat"));
  const set = (changed: Partial<Input>) => setInput((old) => ({ ...old, ...changed }));
  const bad = check.error instanceof BadRoots ? check.error : undefined;
  return (
    <Section title={t("verify.file")}>
      <p className="muted">{t("verify.fileAdvice")}</p>
      <form
        className="narrow"
        onSubmit={(event) => {
          event.preventDefault();
          check.start(input);
        }}
      >
        <Field
          label={t("verify.files")}
          hint={t("verify.filesHint")}
          type="file"
          accept=".ndjson,.jsonl,.txt,application/x-ndjson"
          multiple
          required
          onChange={(event) => set({ files: [...(event.target.files ?? [])] })}
        />
        <Select label={t("verify.rootsFrom")} hint={t(`verify.source.${input.source}Hint`)} value={input.source} onChange={(event) => set({ source: event.target.value as Source })}>
          {SOURCES.map((source) => (
            <option key={source} value={source}>
              {t(`verify.source.${source}`)}
            </option>
          ))}
        </Select>
        {input.source === "file" && (
          <Field
            label={t("verify.rootFiles")}
            hint={t("verify.rootFilesHint")}
            type="file"
            accept=".ndjson,.jsonl,.txt,application/x-ndjson"
            multiple
            required
            error={bad && t("verify.badRoots", { file: bad.file, line: bad.line })}
            onChange={(event) => set({ rootFiles: [...(event.target.files ?? [])] })}
          />
        )}
        {input.source !== "none" && (
          <div className="columns">
            <Field label={t("verify.fromHour")} placeholder="2026-11-28T10" error={hourError(input.from)} value={input.from} onChange={(event) => set({ from: event.target.value.trim() })} />
            <Field label={t("verify.toHour")} hint={t("verify.hoursHint")} placeholder="2026-11-28T12" error={hourError(input.to)} value={input.to} onChange={(event) => set({ to: event.target.value.trim() })} />
          </div>
        )}
        <Button type="submit" busy={check.progress !== undefined} disabled={Boolean(hourError(input.from) ?? hourError(input.to))}>
          {t("verify.start")}
        </Button>
      </form>
      {check.progress && <CheckProgress progress={check.progress} onStop={check.stop} />}
      {!bad && (isUnreadable(check.error) ? <Notice tone="bad">{t("verify.unreadable")}</Notice> : <Failure error={check.error} />)}
      {check.result && !check.progress && <ReportView {...check.result} withLines />}
    </Section>
  );
}

async function rootsOf({ source, rootFiles }: Input, signal: AbortSignal) {
  if (source === "none") return [];
  if (source === "deployment") return loadRoots({}, signal);
  const read = await Promise.all(
    rootFiles.map(async (file) => {
      const found = readRoots((await file.text()).split("\n"));
      if ("badLine" in found) throw new BadRoots(file.name, found.badLine);
      return found.roots;
    }),
  );
  return read.flat();
}

/** Whether the browser could not read a file, as when it was changed or removed after it was chosen. */
const isUnreadable = (error: unknown) => error instanceof DOMException;
