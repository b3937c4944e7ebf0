//! Tests of the examples in the OpenAPI document: each operation has one of its request and one of its
//! response.

mod names;

use dibs_tests::harness::document;
use local::routes;
use serde_json::Value;

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
            "{id} has no example: add a call to tests/src/examples, run tests/generate"
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

/// Adds the path of each property below `schema` without a description to `missing`. `path` is that of
/// `schema`.
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
