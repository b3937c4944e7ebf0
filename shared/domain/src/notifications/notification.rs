//! Notification: a message to one user about one event.

use serde::{Deserialize, Serialize};
use strum::AsRefStr;

use super::NotificationKind;
use crate::Timestamp;
use crate::events::{DomainEvent, DomainEventData, EventType, NotificationCreated};
use crate::ids::{DealId, QueueId, UserId, derived};
use crate::time::millis;

/// Notification of one user. Its id follows from event, user and kind, so that a repeated event causes the same
/// notification.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notification {
    /// Id of the notification, and of its mail.
    pub id: String,
    /// User who is told.
    pub user_id: UserId,
    /// Id of the event that causes the notification; for an admission `<queue>:<position>`.
    pub event_id: String,
    /// Content for the template.
    pub content: NotificationContent,
    /// Time of the event, in UTC.
    #[serde(with = "millis")]
    pub occurred_at: Timestamp,
}

/// Content of a notification, by kind. The serialized texts are those of [`NotificationKind`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, AsRefStr)]
#[serde(tag = "kind", content = "data", rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum NotificationContent {
    /// A queue has admitted the user.
    LetIn(LetIn),
    /// A hold ends in a minute.
    HoldEnds(HoldEnding),
    /// An operator approved a requested reward.
    RequestApproved(RequestDecided),
    /// An operator rejected a requested reward.
    RequestRejected(RequestDecided),
    /// A reward was granted.
    Granted(RequestDecided),
    /// A time deal has started.
    DealStarts(StartedDeal),
}

/// Admission to a queue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetIn {
    /// Id of the queue.
    pub queue_id: QueueId,
    /// Display name of the queue.
    pub queue: String,
}

/// Hold that ends soon.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HoldEnding {
    /// Id of the reservation or the order.
    pub id: String,
    /// Name of the concert or the product.
    pub what: String,
    /// Number of seats or units.
    pub count: u32,
    /// End of the hold, in UTC.
    #[serde(with = "millis")]
    pub ends_at: Timestamp,
}

/// Requested reward that was decided or granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RequestDecided {
    /// Id of the request.
    pub request_id: String,
    /// Name of the event.
    pub event: String,
    /// Name of the reward.
    pub reward: String,
    /// Reason of a rejection; `None` if there is none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Time deal that has started.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartedDeal {
    /// Id of the deal.
    pub deal_id: DealId,
    /// Name of the product.
    pub product: String,
    /// Price of a unit in whole units of the currency.
    pub price: u64,
    /// End of the deal, in UTC.
    #[serde(with = "millis")]
    pub ends_at: Timestamp,
}

/// Notification that waits for the end of the user's quiet hours.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueNotification {
    /// Notification that waits.
    pub notification: Notification,
    /// Time at which it leaves, in UTC.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Version for optimistic locking; rises by one when the time is moved.
    pub version: u64,
}

impl NotificationContent {
    /// Returns the kind.
    pub const fn kind(&self) -> NotificationKind {
        match self {
            Self::LetIn(_) => NotificationKind::LetIn,
            Self::HoldEnds(_) => NotificationKind::HoldEnds,
            Self::RequestApproved(_) => NotificationKind::RequestApproved,
            Self::RequestRejected(_) => NotificationKind::RequestRejected,
            Self::Granted(_) => NotificationKind::Granted,
            Self::DealStarts(_) => NotificationKind::DealStarts,
        }
    }

    /// Returns the time that the content names: the end of a hold or a deal. `None` for other kinds.
    pub const fn moment(&self) -> Option<Timestamp> {
        match self {
            Self::HoldEnds(hold) => Some(hold.ends_at),
            Self::DealStarts(deal) => Some(deal.ends_at),
            _ => None,
        }
    }

    /// Returns the id of the thing that the notification is about.
    fn subject(&self) -> String {
        match self {
            Self::LetIn(let_in) => let_in.queue_id.to_string(),
            Self::HoldEnds(hold) => hold.id.clone(),
            Self::RequestApproved(request) | Self::RequestRejected(request) | Self::Granted(request) => {
                request.request_id.clone()
            }
            Self::DealStarts(deal) => deal.deal_id.to_string(),
        }
    }
}

impl Notification {
    /// Creates the notification of `user_id` about the event `event_id`.
    pub fn new(
        user_id: UserId,
        event_id: impl Into<String>,
        content: NotificationContent,
        at: Timestamp,
    ) -> Self {
        let event_id = event_id.into();
        let id = derived(&["notification", &event_id, user_id.as_str(), content.as_ref()]);
        Self { id, user_id, event_id, content, occurred_at: at }
    }

    /// Returns the time from which the notification is useless: after the usual time of its kind, or at the end of the
    /// hold or deal.
    pub fn useless_from(&self) -> Timestamp {
        let usual = self.occurred_at.plus_seconds(self.content.kind().useful_seconds());
        match &self.content {
            NotificationContent::HoldEnds(hold) => hold.ends_at,
            content => content.moment().map_or(usual, |end| end.min(usual)),
        }
    }

    /// Returns the domain event by which webhooks deliver the notification. It is its own subject, so that it does
    /// not wait among the events of an order or a request.
    pub fn event(&self) -> DomainEvent {
        DomainEvent {
            id: format!("notification:{}", self.id),
            kind: EventType::NotificationCreated,
            occurred_at: self.occurred_at,
            correlation_id: self.id.clone(),
            data: DomainEventData::Notification(NotificationCreated {
                notification_id: self.id.clone(),
                user_id: self.user_id.clone(),
                kind: self.content.as_ref().to_owned(),
                subject: self.content.subject(),
                event_id: self.event_id.clone(),
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    fn ending(ends_at: Timestamp) -> NotificationContent {
        NotificationContent::HoldEnds(HoldEnding {
            id: "r".to_owned(),
            what: "w".to_owned(),
            count: 1,
            ends_at,
        })
    }

    #[test]
    fn repeated_event_causes_the_same_notification() {
        let (at, later) = (Timestamp::from_millis(5), Timestamp::from_millis(9));
        let of = |user: &str, event, at| Notification::new(UserId::new(user), event, ending(later), at);
        assert_eq!(of("1", "e", at).id, of("1", "e", later).id);
        assert!(of("1", "e", at).id != of("2", "e", at).id && of("1", "e", at).id != of("1", "f", at).id);
    }

    #[test]
    fn kind_has_the_text_of_its_content() {
        let at = Timestamp::from_millis(5);
        let let_in = LetIn { queue_id: QueueId::new("1"), queue: "q".to_owned() };
        for content in [ending(at), NotificationContent::LetIn(let_in)] {
            let json = serde_json::to_value(&content).unwrap();
            assert_each_eq!(
                (json["kind"].as_str(), Some(content.as_ref())),
                (content.kind().as_ref(), content.as_ref())
            );
        }
    }

    #[test]
    fn notification_about_a_hold_is_useless_once_the_hold_has_ended() {
        let (at, end) = (Timestamp::from_millis(5), Timestamp::from_millis(60_005));
        assert_eq!(Notification::new(UserId::new("1"), "e", ending(end), at).useless_from(), end);
    }
}
