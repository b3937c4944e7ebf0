//! HTTP layer. It turns requests of API Gateway into calls of handlers, and their results into replies, and
//! describes the routes in an OpenAPI document. It also starts the binary of a domain.

#![warn(missing_docs)]

#[doc(hidden)]
pub use axum;

mod boundary;
mod caller;
mod canonical;
mod confirmed;
mod csv;
mod failure;
mod headers;
mod idempotency;
mod idempotency_records;
mod if_match;
mod input;
pub mod openapi;
mod page;
mod page_numbers;
mod paging;
mod queue_token;
mod repeats;
mod reply;
mod route;
mod schema;
mod signed;
mod start;

pub use boundary::{Origin, addresses, default_router, router};
pub use caller::{
    AccountOwner, Administrator, Auditor, Caller, Operator, Reader, SignedIn, User, UserOrAuditor,
    UserOrOperator, Viewer, Who,
};
pub use confirmed::{AdministratorNow, Confirmed, OperatorNow};
pub use csv::csv_table;
pub use failure::Failure;
pub use headers::secure;
pub use idempotency::{Creation, IdempotencyKey, create_idempotent, find_created, resolve_create};
pub use idempotency_records::with_idempotency_record;
pub use if_match::IfMatch;
pub use input::{ByPath, Form, Json, JsonByPath, NoBody, Path, Query};
pub use page::{Cursor, Limit, Page, PageWith};
pub use page_numbers::{PageInfo, PageNumber, PageRequest};
pub use paging::{collect_filtered, page};
pub use queue_token::{QUEUE_TOKEN_HEADER, QueueTokenHeader};
pub use reply::{Accepted, Created, Done, NoContent, Shared, SharedIf, Versioned};
pub use route::{
    Access, BODY_BYTES_MAX, BULK_BODY_BYTES_MAX, Describe, Handler, Operation, Refusal, Route, describe, on,
};
pub use signed::Signed;
pub use start::{Domain, start};
