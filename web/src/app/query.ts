import { QueryClient } from "@tanstack/react-query";
import { ApiError } from "dibs-client";

/**
 * Creates the cache of what was read. The client of the API repeats what may be repeated, so queries do not. Data of
 * a page is shown at once when the reader comes back to it, and read again.
 */
export const queryClient = new QueryClient({
  defaultOptions: {
    queries: { retry: false, staleTime: 2_000 },
    mutations: { retry: false },
  },
});

/** Returns `true` if an error means that the resource does not exist. An API that is older than the page has no such route. */
export const isMissing = (error: unknown) => error instanceof ApiError && error.status === 404 && !error.isUnknownRoute;
