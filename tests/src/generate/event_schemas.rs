//! JSON schemas of domain events in `docs/events`, the AsyncAPI document, and the list of all types.

use std::fmt::Write;

use dibs_http::openapi::envelope;
use domain::events::EventType;
use serde_json::{Map, Value, json};

use super::{File, pretty, read};

/// Folder of the schemas, as `<type>/<version>.json`.
const FOLDER: &str = "docs/events";
/// Heading in `docs/events.md` at which the list of types begins.
const TYPES: &str = "\n## Types\n";
/// Members of a schema that explain it and decide nothing.
const EXPLAINING: [&str; 3] = ["description", "title", "$comment"];

/// Returns the schema of each type in its current version, the AsyncAPI document, and the page with the list of
/// types. Panics if a schema differs from the committed one by more than additions: the type then needs a new
/// version.
pub fn files() -> Vec<File> {
    let mut files: Vec<File> = EventType::ALL.iter().map(|kind| schema_file(*kind)).collect();
    for file in &files {
        let committed = read(&file.path).and_then(|text| serde_json::from_str(&text).ok());
        let new: Value = serde_json::from_str(&file.text).expect("JSON");
        if let Some(broken) = committed.and_then(|old: Value| broken_by(&old, &new, "")) {
            panic!("{}: {broken} is no addition; readers need a new version of the type", file.path);
        }
    }
    files.push(File { path: "docs/asyncapi.json".to_owned(), text: pretty(&asyncapi()) });
    files.push(File { path: format!("{FOLDER}.md"), text: page() });
    files
}

/// Returns the path of the schema of a type in its current version.
fn path(kind: EventType) -> String {
    format!("{FOLDER}/{kind}/{}.json", kind.version())
}

fn schema_file(kind: EventType) -> File {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": kind.as_str(),
        "description": kind.description(),
    });
    if let (Some(all), Value::Object(of_data)) = (schema.as_object_mut(), kind.data_schema()) {
        all.extend(of_data.into_iter().filter(|(name, _)| !EXPLAINING.contains(&name.as_str())));
    }
    File { path: path(kind), text: pretty(&schema) }
}

/// Returns the place at which the schema `new` is another one than `old` with more members, or `None` if there is
/// no such place. Every other change counts as breaking, also where readers might not notice.
pub fn broken_by(old: &Value, new: &Value, place: &str) -> Option<String> {
    let (Value::Object(old), Value::Object(new)) = (old, new) else {
        return (old != new).then(|| place.to_owned());
    };
    let differing = |ours: &Map<String, Value>, others: &Map<String, Value>| {
        let mut names = ours.keys().filter(|name| !EXPLAINING.contains(&name.as_str()));
        names.find(|name| !others.contains_key(*name)).map(|name| format!("{place}/{name}"))
    };
    differing(old, new).or_else(|| differing(new, old)).or_else(|| {
        let mut both = old.iter().filter(|(name, _)| !EXPLAINING.contains(&name.as_str()));
        both.find_map(|(name, old)| {
            let (place, new) = (format!("{place}/{name}"), &new[name]);
            match name.as_str() {
                "properties" => broken_property(old, new, &place),
                "required" => (!has_all(new, old)).then_some(place),
                _ => broken_by(old, new, &place),
            }
        })
    })
}

fn broken_property(old: &Value, new: &Value, place: &str) -> Option<String> {
    old.as_object().into_iter().flatten().find_map(|(name, old)| {
        let place = format!("{place}/{name}");
        match new.get(name) {
            Some(new) => broken_by(old, new, &place),
            None => Some(place),
        }
    })
}

fn has_all(new: &Value, old: &Value) -> bool {
    let (new, mut old) = (new.as_array(), old.as_array().into_iter().flatten());
    old.all(|name| new.is_some_and(|new| new.contains(name)))
}

/// Returns the AsyncAPI document: the event bus with a message for each type.
fn asyncapi() -> Value {
    let (mut messages, mut of_channel, mut schemas) = (Map::new(), Map::new(), Map::new());
    schemas.insert("CloudEvent".to_owned(), envelope());
    for kind in EventType::ALL {
        schemas.entry(kind.data_name()).or_insert_with(|| kind.data_schema());
        messages.insert(kind.to_string(), message(*kind));
        of_channel.insert(kind.to_string(), json!({"$ref": format!("#/components/messages/{kind}")}));
    }
    json!({
        "asyncapi": "3.0.0",
        "id": "urn:dibs:events",
        "info": {
            "title": "dibs",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Domain events that dibs publishes. Delivery is at least once and not in order; `id` tells repeats.",
            "contact": {"name": "Operators of this deployment"},
            "license": {"name": "MIT OR Apache-2.0"},
            "tags": [{"name": "events"}],
        },
        "defaultContentType": "application/json",
        "servers": {
            "eventbridge": {
                "host": "events.{region}.amazonaws.com",
                "protocol": "eventbridge",
                "description": "Amazon EventBridge. A consumer adds a rule to the bus; `detail-type` is the type.",
                "variables": {"region": {"description": "Region of the deployment.", "default": "us-east-1"}},
            },
        },
        "channels": {
            "platform": {
                "address": "dibs-{environment}-platform",
                "description": "Event bus of the data platform.",
                "parameters": {"environment": {"description": "Name of the deployment.", "default": "prod"}},
                "messages": of_channel,
            },
        },
        "operations": {
            "publish": {
                "action": "send",
                "summary": "Publishes the events of one type from one batch of changes.",
                "channel": {"$ref": "#/channels/platform"},
            },
        },
        "components": {"messages": messages, "schemas": schemas},
    })
}

fn message(kind: EventType) -> Value {
    let of_kind = json!({
        "type": "object",
        "properties": {
            "type": {"const": kind.as_str()},
            "data": {"$ref": format!("#/components/schemas/{}", kind.data_name())},
        },
    });
    json!({
        "name": kind.as_str(),
        "title": kind.as_str(),
        "summary": kind.description(),
        "contentType": "application/json",
        "payload": {
            "type": "object",
            "required": ["type", "events"],
            "properties": {
                "type": {"const": kind.as_str(), "description": "Type of all events of the batch."},
                "events": {
                    "type": "array",
                    "minItems": 1,
                    "description": "Events in the order of their changes.",
                    "items": {"allOf": [{"$ref": "#/components/schemas/CloudEvent"}, of_kind]},
                },
            },
        },
    })
}

/// Returns `docs/events.md`, whose list of types follows from the catalogue.
fn page() -> String {
    let page = read(&format!("{FOLDER}.md")).unwrap_or_default();
    let written = page.split_once(TYPES).map_or(page.as_str(), |(written, _)| written);
    let mut text = format!("{written}{TYPES}\n| type | version | meaning |\n|---|---|---|\n");
    for kind in EventType::ALL {
        let path = path(*kind);
        let link = path.trim_start_matches("docs/");
        writeln!(text, "| `{kind}` | [{}]({link}) | {} |", kind.version(), kind.description())
            .expect("a string takes all that is written");
    }
    text
}
