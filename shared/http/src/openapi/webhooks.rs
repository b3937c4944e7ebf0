//! Webhooks of the OpenAPI document: each type of domain event, as it arrives at a subscriber.

use domain::events::{EventType, SPEC_VERSION};
use serde_json::{Map, Value, json};

/// Returns the webhook of each type of event, and the schemas that the webhooks refer to.
pub(super) fn webhooks() -> (Map<String, Value>, Map<String, Value>) {
    let mut schemas = Map::from_iter([("CloudEvent".to_owned(), envelope())]);
    let mut webhooks = Map::new();
    for kind in EventType::ALL {
        schemas.entry(kind.data_name()).or_insert_with(|| kind.data_schema());
        webhooks.insert(kind.to_string(), json!({ "post": operation(*kind) }));
    }
    (webhooks, schemas)
}

fn operation(kind: EventType) -> Value {
    let words = kind.as_str().split(['.', '_']);
    let id: String = words.map(|word| word[..1].to_ascii_uppercase() + &word[1..]).collect();
    json!({
        "operationId": format!("on{id}"),
        "tags": ["events"],
        "summary": kind.description().split_once(['.', ':', ',']).map_or("", |(summary, _)| summary),
        "description": kind.description(),
        "security": [],
        "requestBody": {
            "required": true,
            "content": {"application/json": {"schema": event_schema(kind)}},
        },
        "responses": {
            "2XX": {"description": "The event has arrived."},
            "4XX": {"description": "The event has not arrived, and is sent again later. Every other status counts so, too."},
        },
    })
}

/// Returns the schema of an event of one type, as a CloudEvent.
fn event_schema(kind: EventType) -> Value {
    let of_kind = json!({
        "type": "object",
        "description": kind.description(),
        "properties": {
            "type": {"const": kind.as_str(), "description": format!("Always `{kind}`.")},
            "data": {"$ref": format!("#/components/schemas/{}", kind.data_name())},
        },
    });
    json!({"allOf": [{"$ref": "#/components/schemas/CloudEvent"}, of_kind]})
}

/// Returns the schema of what all events have.
pub fn envelope() -> Value {
    let text = |description: &str| json!({"type": "string", "description": description});
    json!({
        "type": "object",
        "description": "Event in the form of CloudEvents 1.0. It may arrive more than once; `id` tells repeats.",
        "required": ["specversion", "id", "source", "type", "subject", "time", "datacontenttype", "data"],
        "properties": {
            "specversion": {"const": SPEC_VERSION, "description": "Version of CloudEvents."},
            "id": text("Id of the event, the same for every delivery."),
            "source": text("Deployment that the event comes from, such as `/dibs/prod`."),
            "type": text("Type of the event, such as `claim.granted`."),
            "subject": text("Id of the thing that the event is about, such as a claim or an order."),
            "time": {"type": "string", "format": "date-time", "description": "Time of the change, in UTC."},
            "datacontenttype": {"const": "application/json", "description": "Media type of `data`."},
            "dataschema": {
                "type": "string", "format": "uri",
                "description": "Address of the JSON schema of `data`; absent if the deployment has no public address.",
            },
            "data": {"type": "object", "description": "Data of the change, by the type."},
        },
    })
}
