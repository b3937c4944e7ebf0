import type { Schemas } from "./types.ts";

/** Stable code of a refusal or failure; `docs/errors` has a page for each. */
export type ErrorCode = Schemas["Failure"]["error"]["code"];

/** Field that a VALIDATION_ERROR refuses. */
export interface FieldError {
  field: string;
  message: string;
}

/** Any failure of a call, beside the abort of its signal. */
export class DibsError extends Error {
  override name = "DibsError";
}

/** Answer of the API with a status that is not 2xx. */
export class ApiError extends DibsError {
  override name = "ApiError";
  readonly status: number;
  /** `UNEXPECTED_RESPONSE` when the answer is none of the API, for example a proxy's page. */
  readonly code: ErrorCode | "UNEXPECTED_RESPONSE";
  /** Details for programs; their form follows from the code. */
  readonly details: unknown;
  /** Id under which the operators find the request in the logs. */
  readonly requestId: string | undefined;
  /** Milliseconds of the header `Retry-After`, if there is one. */
  readonly retryAfterMs: number | undefined;

  constructor(
    status: number,
    code: ErrorCode | "UNEXPECTED_RESPONSE",
    message: string,
    more: { details?: unknown; requestId?: string | undefined; retryAfterMs?: number | undefined } = {},
  ) {
    super(message);
    this.status = status;
    this.code = code;
    this.details = more.details;
    this.requestId = more.requestId;
    this.retryAfterMs = more.retryAfterMs;
  }

  /** Fields that a VALIDATION_ERROR refuses; empty for other codes. */
  get fields(): FieldError[] {
    return this.code === "VALIDATION_ERROR" && Array.isArray(this.details) ? (this.details as FieldError[]) : [];
  }

  /** Message for `field`, if the API refused this field. */
  fieldError(field: string): string | undefined {
    return this.fields.find((one) => one.field === field)?.message;
  }

  /** Whether the API has no such route at all, so that it is older than this client. */
  get isUnknownRoute(): boolean {
    return this.status === 404 && this.code === "NOT_FOUND" && this.message === UNKNOWN_ROUTE;
  }
}

/** Message of the API for a path that no route has. */
const UNKNOWN_ROUTE = "There is no such path.";

/** No answer came: the network failed, or the time for the call ended. Whether a change was made is unknown. */
export class OfflineError extends DibsError {
  override name = "OfflineError";

  constructor(cause: unknown) {
    super("The service does not answer. Check the network connection, and try again.", { cause });
  }
}

/** Returns the milliseconds of a `Retry-After` header, which has seconds or an HTTP date. */
export function retryAfterMs(headers: Headers, now: number): number | undefined {
  const value = headers.get("retry-after");
  if (value === null) return undefined;
  const ms = /^\d+$/.test(value.trim()) ? Number(value) * 1000 : Date.parse(value) - now;
  return Number.isNaN(ms) ? undefined : Math.max(0, ms);
}

/** Reads the body of a refusal. */
export async function readFailure(response: Response, now: number): Promise<ApiError> {
  const after = retryAfterMs(response.headers, now);
  const requestId = response.headers.get("x-request-id") ?? undefined;
  try {
    const { error } = (await response.json()) as Schemas["Failure"];
    return new ApiError(response.status, error.code, error.message, {
      details: error.details,
      requestId: error.request_id ?? requestId,
      retryAfterMs: after,
    });
  } catch {
    return new ApiError(
      response.status,
      "UNEXPECTED_RESPONSE",
      `The service answered with status ${response.status} and no reason. Try again later.`,
      { requestId, retryAfterMs: after },
    );
  }
}
