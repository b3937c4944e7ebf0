//! Form in which events leave dibs: [CloudEvents 1.0](https://cloudevents.io) in JSON, several in one message.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{DomainEvent, EventType};
use crate::{Error, Result, Timestamp};

/// Version of the specification CloudEvents that events conform to.
pub const SPEC_VERSION: &str = "1.0";
/// Media type of the data of every event.
const DATA_CONTENT_TYPE: &str = "application/json";
/// Size of the comma between two events in JSON, in bytes.
const COMMA: usize = 1;

/// Deployment that events come from.
#[derive(Clone, Copy, Debug)]
pub struct EventOrigin<'a> {
    /// Name of the deployment, such as `prod`.
    pub environment: &'a str,
    /// URL under which the deployment serves the schemas of events. `None` if its public address is not
    /// configured; events then name no schema.
    pub schemas_url: Option<&'a str>,
}

/// Event in the form of CloudEvents 1.0. Ids are unique within a source.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudEvent {
    /// Version of CloudEvents, `1.0`.
    pub specversion: Cow<'static, str>,
    /// Id of the event, the same for every delivery.
    pub id: String,
    /// Deployment that the event comes from, such as `/dibs/prod`.
    pub source: String,
    /// Type of the event, such as `claim.requested`.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// Id of the thing that the event is about, such as a claim, an order or a campaign.
    pub subject: String,
    /// Time of the change, in UTC.
    pub time: Timestamp,
    /// Media type of `data`, `application/json`.
    pub datacontenttype: Cow<'static, str>,
    /// URL of the JSON schema of `data`, in the version that it was written with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub dataschema: Option<String>,
    /// Data of the change, by the schema of the type.
    pub data: Value,
}

impl CloudEvent {
    /// Returns `event` as a CloudEvent of `origin`.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when the data has no JSON form.
    pub fn of(event: &DomainEvent, origin: EventOrigin<'_>) -> Result<Self> {
        let (kind, version) = (event.kind, event.kind.version());
        Ok(Self {
            specversion: SPEC_VERSION.into(),
            id: event.id.clone(),
            source: format!("/dibs/{}", origin.environment),
            kind,
            subject: event.correlation_id.clone(),
            time: event.occurred_at,
            datacontenttype: DATA_CONTENT_TYPE.into(),
            dataschema: origin.schemas_url.map(|base| format!("{base}/{kind}/{version}")),
            data: serde_json::to_value(&event.data).map_err(Error::internal)?,
        })
    }
}

/// SQS message, and `detail` of an entry on the event bus: events of one type from one batch of changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventBatch {
    /// Type of all events of the batch.
    #[serde(rename = "type")]
    pub kind: EventType,
    /// Events in the order of their changes, at least one.
    pub events: Vec<CloudEvent>,
}

impl EventBatch {
    /// Maximum size of a batch in bytes of JSON. SQS and a call of PutEvents take 256 KiB, with all that AWS adds.
    pub const BYTES_MAX: usize = 200_000;

    /// Groups `events` of `origin` into batches of at most [`Self::BYTES_MAX`]. The events of a type keep their
    /// order.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when an event has no JSON form.
    pub fn all(events: &[DomainEvent], origin: EventOrigin<'_>) -> Result<Vec<Self>> {
        let mut by_type: BTreeMap<EventType, Vec<(usize, Self)>> = BTreeMap::new();
        for event in events {
            let event = CloudEvent::of(event, origin)?;
            let empty = Self { kind: event.kind, events: Vec::new() };
            let bytes = json_bytes(&event)?;
            let batches = by_type.entry(event.kind).or_default();
            match batches.last_mut().filter(|(filled, _)| filled + COMMA + bytes <= Self::BYTES_MAX) {
                Some((filled, batch)) => {
                    *filled += COMMA + bytes;
                    batch.events.push(event);
                }
                None => batches.push((json_bytes(&empty)? + bytes, Self { events: vec![event], ..empty })),
            }
        }
        Ok(by_type.into_values().flatten().map(|(_, batch)| batch).collect())
    }
}

fn json_bytes(value: &impl Serialize) -> Result<usize> {
    serde_json::to_vec(value).map(|bytes| bytes.len()).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::events::PublishedEvents;
    use crate::ids::{PaymentId, UserId};
    use crate::money::Money;
    use crate::wallet::LedgerEntry;
    use assertions::assert_each_eq;
    use proptest::prelude::*;
    use serde_json::json;

    const ORIGIN: EventOrigin<'_> =
        EventOrigin { environment: "prod", schemas_url: Some("https://dibs.example/schemas") };

    fn charge(number: u64, reference_bytes: usize) -> DomainEvent {
        let entry: LedgerEntry = serde_json::from_value(json!({
            "user_id": "usr_a", "number": number, "amount": 5, "balance": 5, "at": 1_000, "chance": 1,
        }))
        .unwrap();
        let mut event = DomainEvent::of_entry(&entry);
        let crate::events::DomainEventData::Entry(data) = &mut event.data else { panic!("{event:?}") };
        data.reference = (reference_bytes > 0).then(|| "r".repeat(reference_bytes));
        assert_each_eq!(
            (data.amount, Money(5)),
            (event.correlation_id.as_str(), PaymentId::new(UserId::new("a"), number).to_string().as_str())
        );
        event
    }

    #[test]
    fn event_has_the_attributes_of_cloudevents() {
        let event = serde_json::to_value(CloudEvent::of(&charge(1, 0), ORIGIN).unwrap()).unwrap();
        let wanted = json!({
            "specversion": "1.0",
            "id": "usr_a:1:charge",
            "source": "/dibs/prod",
            "type": "balance.charged",
            "subject": "usr_a:1",
            "time": "1970-01-01T00:00:01.000Z",
            "datacontenttype": "application/json",
            "dataschema": "https://dibs.example/schemas/balance.charged/1",
            "data": {"user_id": "usr_a", "number": 1, "amount": 5, "balance": 5, "purchase": null},
        });
        assert_eq!(event, wanted);
        let unnamed = EventOrigin { schemas_url: None, ..ORIGIN };
        let event = serde_json::to_value(CloudEvent::of(&charge(1, 0), unnamed).unwrap()).unwrap();
        assert_eq!(event.get("dataschema"), None);
    }

    #[test]
    fn message_in_either_form_has_the_same_events() {
        let event = charge(1, 0);
        let alone: PublishedEvents = serde_json::to_string(&event).unwrap().parse().unwrap();
        let batch = EventBatch::all(std::slice::from_ref(&event), ORIGIN).unwrap();
        let batch: PublishedEvents = serde_json::to_string(&batch[0]).unwrap().parse().unwrap();
        assert_each_eq!((alone.0, vec![event.clone()]), (batch.0, vec![event]));
        assert!("{}".parse::<PublishedEvents>().is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn batches_have_every_event_once_and_fit_into_a_message(sizes in prop::collection::vec(0..150_000_usize, 0..6)) {
            let events: Vec<DomainEvent> =
                sizes.iter().zip(1..).map(|(size, number)| charge(number, *size)).collect();
            let batches = EventBatch::all(&events, ORIGIN).unwrap();
            for batch in &batches {
                prop_assert!(!batch.events.is_empty());
                prop_assert!(serde_json::to_vec(batch).unwrap().len() <= EventBatch::BYTES_MAX);
            }
            for pair in batches.windows(2) {
                let first = serde_json::to_vec(&pair[1].events[0]).unwrap().len();
                let fits = serde_json::to_vec(&pair[0]).unwrap().len() + 1 + first <= EventBatch::BYTES_MAX;
                prop_assert!(!fits, "a batch was begun before the one before it was full");
            }
            let sent: Vec<DomainEvent> = batches
                .into_iter()
                .flat_map(|batch| batch.events)
                .map(|event| event.try_into().unwrap())
                .collect();
            prop_assert_eq!(sent, events);
        }
    }
}
