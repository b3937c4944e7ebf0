//! Domain events that the tests caused. Each is validated by the schema of its type, and its type is recorded.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use domain::events::{DomainEvent, EventType};
use jsonschema::Validator;

use super::records::Records;

/// Types of domain events that the tests caused.
pub static EVENTS: Records<EventType> = Records::new("target/events");

static VALIDATORS: LazyLock<BTreeMap<EventType, Validator>> = LazyLock::new(|| {
    let options = || jsonschema::options().should_validate_formats(true);
    let validator = |kind: &EventType| options().build(&kind.data_schema()).expect("a schema");
    EventType::ALL.iter().map(|kind| (*kind, validator(kind))).collect()
});

/// Returns a sentence about the data of `event` if it is not valid by the schema of its type.
pub fn schema_violation(event: &DomainEvent) -> Option<String> {
    let data = serde_json::to_value(&event.data).expect("data is JSON");
    let error = VALIDATORS[&event.kind].validate(&data).err()?;
    Some(format!("{event:?} is not valid by its schema: {error}"))
}

/// Records the types of `events`. Panics if the data of one is not valid by the schema of its type.
pub fn observe_events(events: &[DomainEvent]) {
    for event in events {
        assert_eq!(schema_violation(event), None);
        EVENTS.add(event.kind).expect("the record of the event is written");
    }
}

/// Returns a sentence for each type of the catalogue that is not among `observed`.
pub fn missing_types(observed: &BTreeSet<EventType>) -> Vec<String> {
    let missing = EventType::ALL.iter().filter(|kind| !observed.contains(kind));
    missing.map(|kind| format!("no test observed an event {kind}")).collect()
}
