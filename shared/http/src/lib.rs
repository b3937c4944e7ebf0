//! HTTP and Lambda runtime layer. It turns requests of API Gateway, SQS batches and stream records into calls
//! of handlers and workers, and their results into replies. It also holds what services share: the guard of
//! waiting rooms, idempotency, optimistic updates, tokens and metrics.

#![warn(missing_docs)]

#[doc(hidden)]
pub use axum;

mod app;
mod boundary;
mod call;
mod caller;
mod canonical;
mod changing;
mod confirmed;
mod failure;
pub mod guard;
mod headers;
pub mod hops;
mod idempotency;
mod if_match;
mod input;
mod json;
pub mod log;
pub mod metrics;
mod numbered;
mod once;
pub mod openapi;
pub mod outbox;
mod page;
mod paging;
mod repeats;
mod reply;
mod revocations;
mod route;
mod schema;
mod signed;
mod start;
mod tokens;
mod worker;

pub use app::{App, Chance, Clock};
pub use boundary::{BODY_BYTES_MAX, BULK_BODY_BYTES_MAX, Origin, addresses, default_router, router};
pub use call::{DEFAULT_FUNCTION, about, by, count, count_refusal, measure, running_function};
pub use caller::{
    Administrator, Caller, Operator, Reader, SignedIn, User, UserOrAuditor, UserOrOperator, Viewer, Who,
};
pub use changing::{change, given};
pub use confirmed::{AdministratorNow, Confirmed, OperatorNow};
pub use failure::{Failure, Result};
pub use guard::{QUEUE_TOKEN_HEADER, QueueToken, check_queue, foreign_ticket, guard};
pub use headers::secure;
pub use idempotency::{IdempotencyKey, first, repeated, reused};
pub use if_match::IfMatch;
pub use input::{ByPath, Form, Json, JsonByPath, NoBody, Path, Query};
pub use metrics::Metric;
pub use numbered::{PageNumber, Turn, Whole};
pub use once::once;
pub use page::{Cursor, Limit, Page, PageWith};
pub use paging::{gather, page};
pub use reply::{Accepted, Created, Done, NoContent, Shared, SharedIf, Versioned};
pub use revocations::{Revocations, check_recipient};
pub use route::{Access, Describe, Handler, Operation, Route, describe};
pub use signed::Signed;
pub use start::{Domain, StartError, start};
pub use tokens::{ACCESS_TOKEN_SECONDS, AccessClaims, DEVICE_SECONDS, Device, Tokens};
pub use worker::{Message, Source, Work, Worker, seconds_until, shard};
