export { Client, type ClientOptions, createClient, newKey } from "./client.ts";
export { ApiError, DibsError, type ErrorCode, type FieldError, OfflineError } from "./errors.ts";
export { API_VERSION } from "./generated.ts";
export type { RetryPolicy } from "./retry.ts";
export type { SignedOutReason } from "./session.ts";
export type { Api, CallOptions, Data, Item, ListPath, Method, Options, Page, PathOf, Schemas, User } from "./types.ts";
