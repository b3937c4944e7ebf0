//! Examples of the OpenAPI document: a fixed scenario calls each operation once, and what was sent and received
//! is what `functions/platform/examples.json` has. `just examples` records it anew.

mod accounts;
mod names;
mod recording;
mod rewards;
mod sales;

use std::path::Path;

use dibs_tests::harness::{TestApp, document};
use local::routes;
use local::standins::ProviderSettings;
use serde_json::Value;

use recording::Recording;

/// Start of the scenario: 2026-12-01T09:00:30Z, in Unix milliseconds. Recorded times are cut to five minutes.
const START_MS: i64 = 1_796_115_630_000;
/// Environment variable that writes the file in place of comparing it.
const WRITE: &str = "DIBS_WRITE_EXAMPLES";

/// Calls every operation once and returns what was sent and received.
async fn record(app: &TestApp) -> Recording {
    app.standins().set_provider(ProviderSettings { callbacks: 0, ..ProviderSettings::default() });
    let mut recording = Recording::default();
    accounts::platform(app, &mut recording).await;
    accounts::accounts(app, &mut recording).await;
    rewards::rewards(app, &mut recording).await;
    rewards::requests(app, &mut recording).await;
    sales::queues(app, &mut recording).await;
    sales::concerts(app, &mut recording).await;
    sales::deals(app, &mut recording).await;
    recording
}

#[tokio::test]
async fn examples_are_what_the_running_stack_takes_and_returns() {
    let app = TestApp::at(START_MS).await;
    let recording = record(&app).await;
    app.finish().await;
    let found = recording.into_json();
    if std::env::var_os(WRITE).is_some() {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions/platform/examples.json");
        std::fs::write(file, serde_json::to_string_pretty(&found).unwrap() + "\n").unwrap();
        return;
    }
    let committed = routes::examples();
    for (id, example) in found.as_object().unwrap() {
        assert_eq!(example, &committed[id], "{id} is recorded otherwise: run `just examples`");
    }
    assert_eq!(found, committed, "an example is left over: run `just examples`");
}

#[test]
fn every_operation_has_an_example_of_request_and_response() {
    let committed = routes::examples();
    let operations =
        document()["paths"].as_object().unwrap().values().flat_map(|one| one.as_object().unwrap());
    for (_, operation) in operations {
        let id = operation["operationId"].as_str().unwrap();
        let example = &committed[id];
        assert!(
            example.is_object(),
            "{id} has no example: add a call to tests/tests/examples, run `just examples`"
        );
        let body = &operation["requestBody"]["content"]["application/json"];
        assert_eq!(body.is_object(), body["examples"].is_object(), "{id}: example of the request");
        let response = &operation["responses"][example["status"].to_string()];
        let contents = response["content"].as_object();
        let has_example = |media: &Value| media["examples"].is_object();
        let shown = contents.is_none_or(|contents| contents.values().any(has_example));
        assert!(response.is_object() && shown, "{id}: example of the response");
    }
}

#[test]
fn operation_ids_are_unique_and_in_camel_case() {
    let mut seen = std::collections::BTreeSet::new();
    let operations =
        document()["paths"].as_object().unwrap().values().flat_map(|one| one.as_object().unwrap());
    for (_, operation) in operations {
        let id = operation["operationId"].as_str().unwrap();
        assert!(seen.insert(id), "{id} names two operations: give each path its own with operation_ids");
        assert!(id.starts_with(|first: char| first.is_ascii_lowercase()), "{id}");
        assert!(id.chars().all(|one| one.is_ascii_alphanumeric()), "{id}");
        let text = operation["description"].as_str().unwrap();
        let callers =
            ["Open to everybody", "For every signed-in", "For accounts with", "For the payment provider"];
        assert!(!callers.iter().any(|one| text.starts_with(one)), "{id} has no doc comment in its route!");
    }
}

#[test]
fn every_schema_and_property_has_a_description() {
    let mut missing = Vec::new();
    for (name, schema) in document()["components"]["schemas"].as_object().unwrap() {
        if !schema["description"].is_string() {
            missing.push(name.clone());
        }
        undescribed(name, schema, &mut missing);
    }
    assert!(missing.is_empty(), "without a description: {missing:?}");
}

/// Adds the properties below `schema` that have no description to `missing`, with their paths.
fn undescribed(path: &str, schema: &Value, missing: &mut Vec<String>) {
    match schema {
        Value::Object(members) => {
            let properties = members.get("properties").and_then(Value::as_object).into_iter().flatten();
            for (name, property) in properties {
                if property.get("description").is_none() && property.get("$ref").is_none() {
                    missing.push(format!("{path}.{name}"));
                }
            }
            members.iter().for_each(|(name, value)| undescribed(&format!("{path}.{name}"), value, missing));
        }
        Value::Array(values) => values.iter().for_each(|value| undescribed(path, value, missing)),
        _ => {}
    }
}
