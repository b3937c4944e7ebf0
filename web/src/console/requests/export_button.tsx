import { useMutation } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { client } from "../../app/client";
import { count } from "../../app/format";
import { Button } from "../../ui/button";
import { Failure } from "../../ui/error";
import { useToast } from "../../ui/toast";
import { countRows, joinPages, nextCursor } from "./csv";
import { type Filters, queryOf } from "./filters";

/** Saves all requests that the filters let through as a CSV file, which the API makes page by page. */
export function ExportButton({ filters }: { filters: Filters }) {
  const { t } = useTranslation(["requests", "common"]);
  const toast = useToast();
  const [rows, setRows] = useState(0);
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);
  const run = useMutation({
    mutationFn: async () => {
      const { signal } = (abort.current = new AbortController());
      const pages: string[] = [];
      let total = 0;
      setRows(0);
      for (let cursor: string | undefined, first = true; first || cursor !== undefined; first = false) {
        const response = await client.response("get", "/events/requests", {
          params: { query: { ...queryOf(filters), format: "csv", cursor } },
          signal,
        });
        // `text()` would drop the byte order mark, by which spreadsheets know the encoding.
        const page = new TextDecoder("utf-8", { ignoreBOM: true }).decode(await response.arrayBuffer());
        pages.push(page);
        total += countRows(page);
        setRows(total);
        cursor = nextCursor(response.headers.get("link"));
      }
      save(joinPages(pages));
      return total;
    },
    onSuccess: (total) => toast(t("export.done", { count: total, number: count(total) })),
  });
  const stopped = abort.current?.signal.aborted ?? false;
  return (
    <>
      <Button look="secondary" busy={run.isPending} onClick={() => run.mutate()}>
        {run.isPending ? t("export.running", { number: count(rows) }) : t("export.start")}
      </Button>
      {run.isPending && (
        <Button look="plain" onClick={() => abort.current?.abort()}>
          {t("common:cancel")}
        </Button>
      )}
      {!stopped && <Failure error={run.error} retry={() => run.mutate()} />}
    </>
  );
}

function save(text: string) {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = `requests-${new Date(client.now()).toISOString().slice(0, 10)}.csv`;
  link.click();
  // The browser has taken the address once the click is handled.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}
