//! Waiting rooms: places in order of arrival, and who is let in.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::ids::{QueueId, UserId};
use crate::time::millis;

/// A place in the line of a queue: 1 for the first who came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Of which queue.
    pub queue_id: QueueId,
    /// Its position.
    pub number: u64,
}

/// What a user carries, signed: first what leads to their place, then the place, then that they are let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Whose it is.
    #[serde(rename = "sub")]
    pub user_id: UserId,
    /// Of which queue.
    pub queue_id: QueueId,
    /// Among whom they came: the number of the slice of time.
    pub slice: u64,
    /// When they came.
    #[serde(with = "millis")]
    pub joined_at: Timestamp,
    /// The position, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// Since when and until when they are let in, once they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<Admission>,
}

/// That somebody is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    /// From here on.
    #[serde(with = "millis")]
    pub since: Timestamp,
    /// Before this.
    #[serde(with = "millis")]
    pub until: Timestamp,
}
