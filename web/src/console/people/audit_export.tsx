import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { count } from "../../app/format";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { useToast } from "../../ui/toast";
import { countRows, joinPages } from "../requests/csv";
import { type AuditQuery, exportPages, linesOf } from "./verification/loading";

type Format = "ndjson" | "csv";
const TYPES = { ndjson: "application/x-ndjson", csv: "text/csv;charset=utf-8" };

/** Saves all entries that the filters let through as a file: NDJSON, which can be verified, or CSV. */
export function AuditExport({ query }: { query: AuditQuery }) {
  const { t } = useTranslation(["people", "common"]);
  const toast = useToast();
  const [rows, setRows] = useState(0);
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const run = useMutation({
    mutationFn: async (format: Format) => {
      const { signal } = (abort.current = new AbortController());
      const pages: string[] = [];
      let total = 0;
      setRows(0);
      const take = (page: string) => {
        pages.push(page);
        total += format === "csv" ? countRows(page) : linesOf(page).length;
        setRows(total);
      };
      await exportPages(query, format, take, signal);
      save(format === "csv" ? joinPages(pages) : pages.map((page) => (page === "" || page.endsWith("\n") ? page : `${page}\n`)).join(""), format);
      return total;
    },
    onSuccess: (total) => toast(t("export.done", { count: total, number: count(total) })),
  });
  const stopped = abort.current?.signal.aborted ?? false;
  return (
    <>
      {(["ndjson", "csv"] as const).map((format) => (
        <Button
          key={format}
          small
          look="secondary"
          busy={run.isPending && run.variables === format}
          disabled={run.isPending}
          onClick={() => run.mutate(format)}
        >
          {run.isPending && run.variables === format ? t("export.running", { number: count(rows) }) : t(`export.${format}`)}
        </Button>
      ))}
      {run.isPending && (
        <Button small look="plain" onClick={() => abort.current?.abort()}>
          {t("common:cancel")}
        </Button>
      )}
      {!stopped && <Failure error={run.error} />}
    </>
  );
}

function save(text: string, format: Format) {
  const address = URL.createObjectURL(new Blob([text], { type: TYPES[format] }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `audit-${new Date(client.now()).toISOString().slice(0, 10)}.${format}`;
  link.click();
  // The browser has taken the address once the click is handled.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}
