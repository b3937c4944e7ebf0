import { useInfiniteQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Button } from "./button";
import { Failure } from "./error";
import { Loading } from "./page";

interface ListPage<Row> {
  data: readonly Row[];
  meta: { next_cursor: string | null };
}

export interface ListState<Row> {
  /** Rows of all pages that were read; `undefined` while the first page is being read. */
  rows: readonly Row[] | undefined;
  error: unknown;
  reload: () => void;
  /** Reads the next page; `undefined` after the last one. */
  more: (() => void) | undefined;
  loadingMore: boolean;
}

/** Reads a list page by page, such as `useList(["deals"], (cursor) => client.page("/timedeals", …))`. */
export function useList<Row>(
  key: readonly unknown[],
  read: (cursor: string | undefined, signal: AbortSignal) => Promise<ListPage<Row>>,
  { refetchInterval, enabled = true }: { refetchInterval?: number; enabled?: boolean } = {},
): ListState<Row> {
  const query = useInfiniteQuery({
    queryKey: [...key, "list"],
    queryFn: ({ pageParam, signal }) => read(pageParam, signal),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.meta.next_cursor ?? undefined,
    refetchInterval: refetchInterval ?? false,
    enabled,
  });
  return {
    rows: query.data?.pages.flatMap(({ data }) => data),
    error: query.error,
    reload: () => void query.refetch(),
    more: query.hasNextPage ? () => void query.fetchNextPage() : undefined,
    loadingMore: query.isFetchingNextPage,
  };
}

/** Renders a list with its states: loading, failed, empty, and a button for more. */
export function List<Row>({ list, empty, lines = 6, children }: {
  list: ListState<Row>;
  /** What is shown in place of an empty list, mostly `Empty`. */
  empty: ReactNode;
  /** Lines of the loading state, of about the height of a first page. */
  lines?: number;
  children: (rows: readonly Row[]) => ReactNode;
}) {
  const { t } = useTranslation("common");
  const { rows, error, reload, more, loadingMore } = list;
  return (
    <>
      <Failure error={error} retry={reload} />
      {rows === undefined ? !error && <Loading lines={lines} /> : rows.length > 0 ? children(rows) : empty}
      {more && (
        <Button look="secondary" busy={loadingMore} onClick={more}>
          {t("more")}
        </Button>
      )}
    </>
  );
}
