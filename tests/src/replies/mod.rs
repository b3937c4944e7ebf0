//! Replies that the API tests received. Every reply to a [`Caller`](crate::harness::Caller) is recorded with
//! its route, the roles of its caller, its status and its error code, so that the refusals of a route and the
//! roles that it accepts are checked by what was observed. So are the types of domain events.

mod events;
mod gaps;
mod records;

pub use events::{EVENTS, missing_types, observe_events, schema_violation};
pub use gaps::missing;

use records::Records;
use serde::{Deserialize, Serialize};

/// Replies that the tests received.
pub static REPLIES: Records<ObservedReply> = Records::new("target/replies");

/// Reply of one route, without its contents.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ObservedReply {
    /// Name of the route.
    pub route: String,
    /// Roles in the caller's access token. `None` without a token that can be read.
    pub roles: Option<Vec<String>>,
    /// HTTP status of the reply.
    pub status: u16,
    /// Error code of a refusal.
    pub code: Option<String>,
}
