import type { components, paths } from "./schema.d.ts";

/** Routes by their path below `/api/v1`. */
export type Api = { [P in keyof paths as P extends `/api/v1${infer Rest}` ? Rest : never]: paths[P] };
/** Schemas of the OpenAPI document by their names. */
export type Schemas = components["schemas"];
export type User = Schemas["User"];

export type Method = "get" | "put" | "post" | "patch" | "delete";
/** Paths that have an operation with the method `M`. */
export type PathOf<M extends Method> = {
  [P in keyof Api]: Api[P] extends { [K in M]: object } ? P : never;
}[keyof Api];
type Operation<M extends Method, P extends keyof Api> = Api[P] extends { [K in M]: infer Op } ? Op : never;

type Success<Op> = Op extends { responses: infer R } ? R[keyof R & (200 | 201 | 202 | 204)] : never;
type Body<R> = R extends { content: { "application/json": infer B } } ? B : undefined;
type Unwrapped<B> = B extends { success: true; data: infer D } ? D : B;
/** What an operation returns as `data`; `undefined` if it has no body. */
export type Data<M extends Method, P extends PathOf<M>> = Unwrapped<Body<Success<Operation<M, P>>>>;

/** Page of a list. */
export interface Page<P extends ListPath> {
  data: Data<"get", P>;
  meta: Meta<P>;
}
type Meta<P extends ListPath> = Body<Success<Operation<"get", P>>> extends { meta: infer M } ? M : never;
/** Paths of lists by cursor. */
export type ListPath = {
  [P in PathOf<"get">]: Body<Success<Operation<"get", P>>> extends { meta: { next_cursor: string | null } }
    ? P
    : never;
}[PathOf<"get">];
export type Item<P extends ListPath> = Data<"get", P> extends (infer I)[] ? I : never;

/** Options of each call, beside its parameters and its body. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
  headers?: Record<string, string>;
  /**
   * Key of a POST. By default each call has a key of its own, which its retries keep. Pass one to let a call that the
   * user repeats after a lost answer have the effect of the first.
   */
  idempotencyKey?: string;
  /** Queue that guards the resource: its token of `client.queueTokens` is sent. */
  queue?: string | number | null | undefined;
  /** Queue token to send, in place of the one of `queue`. */
  queueToken?: string | undefined;
  /** Whether a repeat has no further effect, so that a failure is retried; by default derived from the operation. */
  repeatable?: boolean;
  /** Maximum number of attempts. */
  tries?: number;
}

// Ids are texts or numbers in bodies, so paths take both.
type PathPart<Q> = Q extends { path: infer Path } ? { path: { [N in keyof Path]: string | number } } : unknown;
type QueryPart<Q> = Q extends { query: infer Query }
  ? { query: Query }
  : Q extends { query?: infer Query }
    ? { query?: Query }
    : unknown;
type Params<Op> = Op extends { parameters: infer Q } ? Optional<PathPart<Q> & QueryPart<Q>> : unknown;
type Optional<P> = Record<never, never> extends P ? { params?: P } : { params: P };
type Sent<Op> = Op extends { requestBody: { content: { "application/json": infer B } } }
  ? { body: B }
  : Op extends { requestBody?: { content: { "application/json": infer B } } }
    ? { body?: B }
    : unknown;
type Full<Op> = Params<Op> & Sent<Op> & CallOptions;
/** Rest parameter with the options of an operation, which may be left out if nothing is required. */
export type Options<M extends Method, P extends keyof Api> =
  Record<never, never> extends Full<Operation<M, P>> ? [options?: Full<Operation<M, P>>] : [options: Full<Operation<M, P>>];
