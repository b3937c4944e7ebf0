//! Messages about webhooks.

use serde::{Deserialize, Serialize};

use crate::events::{CloudEvent, DomainEvent, EventBatch, EventOrigin};
use crate::ids::WebhookId;
use crate::webhooks::{EventOrder, LaneName, ReplayKind};
use crate::{Error, Result};

/// SQS message: events of one batch of changes, for the webhooks that they match. It has events of all types, since
/// two messages about one subject could overtake each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebhookEvents {
    /// Events in the order of their changes, at least one.
    pub events: Vec<CloudEvent>,
}

impl WebhookEvents {
    /// Groups `events` of `origin` into messages of at most [`EventBatch::BYTES_MAX`], in order.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when an event has no JSON form.
    pub fn all(events: &[DomainEvent], origin: EventOrigin<'_>) -> Result<Vec<Self>> {
        let (mut messages, mut filled) = (Vec::<Self>::new(), 0);
        for event in events {
            let event = CloudEvent::of(event, origin)?;
            let bytes = serde_json::to_vec(&event).map_err(Error::internal)?.len() + 1;
            match messages.last_mut().filter(|_| filled + bytes <= EventBatch::BYTES_MAX) {
                Some(message) => {
                    filled += bytes;
                    message.events.push(event);
                }
                None => {
                    filled = bytes + "{\"events\":[]}".len();
                    messages.push(Self { events: vec![event] });
                }
            }
        }
        Ok(messages)
    }
}

/// SQS message: events of webhooks may have to be sent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "send", rename_all = "snake_case")]
pub enum SendWebhook {
    /// Events of one lane.
    Lane {
        /// Webhook of the lane.
        webhook_id: WebhookId,
        /// Name of the lane.
        lane: LaneName,
        /// Place behind which events wait.
        from: EventOrder,
        /// Whether the lane is sent even if it waits for its next attempt, since an operator asked for it.
        #[serde(default)]
        at_once: bool,
    },
    /// Events that a replay has still to find.
    Replay {
        /// Webhook of the replay.
        webhook_id: WebhookId,
        /// Kind of the replay.
        kind: ReplayKind,
    },
}
