//! Messages of the queue of notification events.

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::events::EventBatch;
use crate::ids::{DealId, QueueId, UserId};
use crate::wallet::Purchase;

/// SQS message: events that may cause notifications, or a part of the work that follows from them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum NotificationMessage {
    /// Domain events of one type.
    Events(EventBatch),
    /// Part of the work that an earlier message or a request has left.
    Work(NotificationWork),
}

/// Work that follows from an event or a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "work", rename_all = "snake_case")]
pub enum NotificationWork {
    /// The hold of a reservation or an order ends in a minute, unless it has ended otherwise.
    CheckHold {
        /// Reservation or order that is held.
        hold: Purchase,
        /// Event that began the hold.
        event_id: String,
    },
    /// Users who asked for it are told that a deal has started: one shard of their list, from one position on.
    TellDeal {
        /// Deal that has started.
        deal_id: DealId,
        /// Event of the start.
        event_id: String,
        /// Time of the start.
        occurred_at: Timestamp,
        /// Shard of the list of users.
        shard: u32,
        /// User after whom the part begins, exclusive. `None` for the first part.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        after: Option<UserId>,
    },
    /// A user asked to be told the admission to a queue; the position is looked up once it is known.
    PlaceReminder {
        /// Queue that the user has joined.
        queue_id: QueueId,
        /// User who asked.
        user_id: UserId,
    },
    /// The quiet hours of these notifications are over.
    Deliver {
        /// Ids of the notifications.
        ids: Vec<String>,
    },
}
