//! Deliveries: an event on its way to one webhook, and the log of the attempts.

use serde::{Deserialize, Serialize};
use strum::AsRefStr;

use super::{ATTEMPTS_MAX, EventOrder, LaneName};
use crate::Timestamp;
use crate::ids::{WebhookId, derived};
use crate::time::millis;

/// Retention of an event for a webhook, delivered or not, in seconds: a week.
pub const EVENTS_KEPT_SECONDS: i64 = 7 * 24 * 3600;
/// Type of a test event. It is attempted once, also while the webhook is switched off.
pub const TEST_TYPE: &str = "webhook.test";
/// Maximum number of attempts that the log of one event has.
const TRIES_MAX: usize = 12;

/// Event on its way to a webhook.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Webhook that the event goes to.
    pub webhook_id: WebhookId,
    /// Lane of the event.
    pub lane: LaneName,
    /// Place of the event in its lane.
    pub order: EventOrder,
    /// Id of the event.
    pub event_id: String,
    /// Type of the event.
    pub event_type: String,
    /// Body of every attempt: the CloudEvent in JSON.
    pub body: String,
    /// Time at which dibs took the event for the webhook.
    #[serde(with = "millis")]
    pub accepted_at: Timestamp,
    /// Status of the delivery.
    pub status: DeliveryStatus,
    /// Time of the attempt that succeeded.
    #[serde(with = "millis::option", default)]
    pub delivered_at: Option<Timestamp>,
    /// Time of the next attempt. `None` when there is none, or when events before this one come first.
    #[serde(with = "millis::option", default)]
    pub next_try_at: Option<Timestamp>,
    /// Whether a later event of the lane had been delivered before this one.
    #[serde(default)]
    pub late: bool,
    /// Number of attempts since the event was stored, replayed, or kept because the webhook was switched off.
    #[serde(default)]
    pub attempts: u32,
    /// Last attempts, oldest first, at most 12.
    #[serde(default)]
    pub tries: Vec<DeliveryTry>,
    /// Number of the last replay that included the event; 0 for none.
    #[serde(default)]
    pub replay: u64,
    /// Version: raised by one with every write.
    pub version: u64,
}

/// Status of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, AsRefStr, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schemars(inline)]
pub enum DeliveryStatus {
    /// The event is still to be delivered.
    Pending,
    /// The endpoint accepted the event.
    Delivered,
    /// All attempts failed. A replay sends the event again.
    GivenUp,
}

/// Attempt to deliver an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeliveryTry {
    /// Time of the attempt.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// HTTP status of the answer. `None` without an answer.
    #[serde(default)]
    pub status: Option<u16>,
    /// Failure without an answer.
    #[serde(default)]
    pub failure: Option<TryFailure>,
    /// Duration of the attempt, in milliseconds.
    pub took_ms: u64,
}

/// Failure of an attempt that got no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, AsRefStr, schemars::JsonSchema)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[schemars(inline)]
pub enum TryFailure {
    /// No answer within the time limit. The endpoint may have taken the event.
    Timeout,
    /// The connection was refused or broke.
    Connection,
    /// The certificate of the endpoint is not valid for its name.
    Certificate,
    /// The host name has no address.
    UnknownHost,
    /// The host name has an address that is not on the public internet, so nothing was sent.
    AddressRefused,
}

/// Event that a webhook receives.
#[derive(Clone, Debug)]
pub struct NewDelivery {
    /// Id of the event.
    pub id: String,
    /// Type of the event.
    pub kind: String,
    /// Id of the resource that the event belongs to.
    pub subject: String,
    /// Time of the event.
    pub time: Timestamp,
    /// CloudEvent in JSON.
    pub body: String,
}

impl Delivery {
    /// Creates the delivery of `event` to a webhook.
    pub fn new(webhook_id: WebhookId, event: NewDelivery, now: Timestamp) -> Self {
        Self {
            webhook_id,
            lane: LaneName::of(&event.kind, &event.subject),
            order: EventOrder::of(&event.id, event.time),
            event_id: event.id,
            event_type: event.kind,
            body: event.body,
            accepted_at: now,
            status: DeliveryStatus::Pending,
            delivered_at: None,
            next_try_at: None,
            late: false,
            attempts: 0,
            tries: Vec::new(),
            replay: 0,
            version: 1,
        }
    }

    /// Returns the value of the header `webhook-id`: the same for each attempt of this event at this webhook.
    pub fn message_id(&self) -> String {
        format!("msg_{}", derived(&[self.webhook_id.as_str(), &self.event_id]))
    }

    /// Returns whether it is a test event.
    pub fn is_test(&self) -> bool {
        self.event_type == TEST_TYPE
    }

    /// Returns whether no attempt is left after the next one fails.
    pub fn is_last_attempt(&self) -> bool {
        self.is_test() || self.attempts + 1 >= ATTEMPTS_MAX
    }

    /// Returns the delivery after an attempt that succeeded. `newest` is the newest event of the lane that was
    /// delivered before.
    #[must_use]
    pub fn delivered(&self, tried: DeliveryTry, newest: Option<&EventOrder>) -> Self {
        let at = tried.at;
        let late = self.late || (self.replay == 0 && newest.is_some_and(|newest| self.order < *newest));
        let next = Self { late, delivered_at: Some(at), ..self.after(tried, DeliveryStatus::Delivered) };
        Self { next_try_at: None, ..next }
    }

    /// Returns the delivery after an attempt that failed, with the next one at `next_try_at`. Without one it is
    /// given up.
    #[must_use]
    pub fn failed(&self, tried: DeliveryTry, next_try_at: Option<Timestamp>) -> Self {
        let status = if next_try_at.is_some() { DeliveryStatus::Pending } else { DeliveryStatus::GivenUp };
        Self { next_try_at, ..self.after(tried, status) }
    }

    /// Returns the delivery after an attempt that switched the webhook off: it stays pending, for the time when
    /// the webhook is on again.
    #[must_use]
    pub fn stopped(&self, tried: DeliveryTry) -> Self {
        Self { next_try_at: None, attempts: 0, ..self.after(tried, DeliveryStatus::Pending) }
    }

    fn after(&self, tried: DeliveryTry, status: DeliveryStatus) -> Self {
        let mut next = self.clone();
        next.tries.push(tried);
        let surplus = next.tries.len().saturating_sub(TRIES_MAX);
        next.tries.drain(..surplus);
        Self { status, attempts: self.attempts + 1, version: self.version + 1, ..next }
    }
}
