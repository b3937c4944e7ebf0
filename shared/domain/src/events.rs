//! Domain events: committed changes that dibs publishes. The catalogue has their types, each with the version of its
//! data. Events leave dibs as CloudEvents, several of one type in a message.

mod catalogue;
mod cloud;
mod data;
mod of_changes;
mod of_resources;

use std::str::FromStr;

pub use catalogue::EventType;
pub use cloud::{CloudEvent, EventBatch, EventOrigin, SPEC_VERSION};
pub use data::{
    AccountChanged, CampaignChanged, ClaimChanged, ConcertCreated, DateCreated, DealChanged, DomainEventData,
    EntryMade, NotificationCreated, OfferChanged, OrderChanged, ProductChanged, QueueChanged, QueueLetIn,
    QueueNoShow, ReservationChanged,
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{Error, Result, Timestamp};

/// Domain event: a change that is published to the data platform. Consumers drop repeats by `id`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Unread")]
pub struct DomainEvent {
    /// Id of the event, the same for every delivery.
    pub id: String,
    /// Type of the event, such as `claim.requested`.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// Time of the change, in UTC.
    pub occurred_at: Timestamp,
    /// Id of the thing that the event is about, such as a claim, an order or a campaign.
    pub correlation_id: String,
    /// Data of the change.
    pub data: DomainEventData,
}

/// Domain event whose data is not parsed yet, since its form depends on the type.
#[derive(Deserialize)]
struct Unread {
    id: String,
    #[serde(rename = "type")]
    kind: EventType,
    occurred_at: Timestamp,
    correlation_id: String,
    data: Value,
}

impl TryFrom<Unread> for DomainEvent {
    type Error = Error;

    fn try_from(unread: Unread) -> Result<Self> {
        let Unread { id, kind, occurred_at, correlation_id, data } = unread;
        let data = DomainEventData::read(kind, data).map_err(Error::internal)?;
        Ok(Self { id, kind, occurred_at, correlation_id, data })
    }
}

impl TryFrom<CloudEvent> for DomainEvent {
    type Error = Error;

    fn try_from(event: CloudEvent) -> Result<Self> {
        let CloudEvent { id, kind, time, subject, data, .. } = event;
        Unread { id, kind, occurred_at: time, correlation_id: subject, data }.try_into()
    }
}

/// Domain events of one message to the data platform, which has one of two forms: an [`EventBatch`], or one event
/// alone, as an earlier version of dibs and the setting `DIBS_EVENTS_ALONE` send it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedEvents(pub Vec<DomainEvent>);

impl FromStr for PublishedEvents {
    type Err = Error;

    fn from_str(body: &str) -> Result<Self> {
        let message: Value = serde_json::from_str(body).map_err(Error::internal)?;
        if message.get("events").is_none() {
            return Ok(Self(vec![serde_json::from_value(message).map_err(Error::internal)?]));
        }
        let batch: EventBatch = serde_json::from_value(message).map_err(Error::internal)?;
        batch.events.into_iter().map(DomainEvent::try_from).collect::<Result<_>>().map(Self)
    }
}
