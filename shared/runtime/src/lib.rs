//! Foundation of every function, whether HTTP, a queue, a stream or a schedule invokes it: dependencies,
//! context of the call in progress, log and metrics, tokens and revoked access, workers, and the start on
//! Lambda.

#![warn(missing_docs)]

mod app;
mod audit;
pub mod context;
mod figures;
pub mod hops;
pub mod live;
pub mod log;
pub mod metrics;
pub mod outbox;
mod recipients;
mod revocations;
mod sealing;
pub mod start;
mod tokens;
mod worker;

pub use app::{App, Clock, Entropy};
pub use audit::AuditBatch;
pub use context::{DEFAULT_FUNCTION, add_entity, count, count_refusal, measure, running_function, set_user};
pub use figures::{FigureCounts, slot_length};
pub use metrics::Metric;
pub use recipients::check_recipient;
pub use revocations::Revocations;
pub use sealing::{Purpose, SealingKeys};
pub use start::StartError;
pub use tokens::{ACCESS_TOKEN_SECONDS, AccessClaims, DEVICE_SECONDS, Device, Tokens, invalid_queue_token};
pub use worker::{Message, SocketEvent, SocketWork, Source, Work, Worker, seconds_until, shard};
