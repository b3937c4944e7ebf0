//! Validation of every response against the OpenAPI document: its status and error code must be documented,
//! and its body must match the schema.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use dibs_http::Route;
use jsonschema::Validator;
use local::routes::routes;
use serde_json::{Value, json};

use super::Reply;

static DOCUMENT: LazyLock<Value> =
    LazyLock::new(|| serde_json::from_str(&local::routes::document()).expect("the document is JSON"));

static VALIDATORS: LazyLock<Mutex<HashMap<String, Arc<Validator>>>> = LazyLock::new(Mutex::default);

/// Returns the OpenAPI document that the routes define.
pub fn document() -> &'static Value {
    &DOCUMENT
}

/// Returns the operation id of a call, or `None` if the document does not have the operation. `path` includes
/// `/api/v1`.
pub(super) fn operation_id(method: &str, path: &str) -> Option<&'static str> {
    let path = path.split('?').next().unwrap_or(path);
    operation(method, path)?.1["operationId"].as_str()
}

/// Returns the route that serves a call, or `None` if no route has this method and path. `path` includes
/// `/api/v1`.
pub(super) fn route(method: &str, path: &str) -> Option<&'static Route> {
    let path = path.split('?').next().unwrap_or(path);
    let path = path.strip_prefix("/api/v1").unwrap_or(path);
    let paths = routes().iter().filter(|route| route.method == method);
    let paths = paths.flat_map(|route| route.paths.iter().map(move |template| (*route, *template)));
    let fitting = paths.filter(|(_, template)| is_at(template, path));
    fitting.min_by_key(|(_, template)| template.matches('{').count()).map(|(route, _)| route)
}

/// Panics if status, error code or body of `reply` contradict the OpenAPI document.
pub(super) fn check(method: &str, path: &str, reply: &Reply) {
    let path = path.split('?').next().unwrap_or(path);
    let call = format!("{method} {path}: {} {}", reply.status, reply.json);
    assert!(reply.status != 500, "{call}");
    let error = &reply.json["error"];
    if reply.status >= 400 {
        fits(
            "#/components/schemas/Failure",
            &json!({"$ref": "#/components/schemas/Failure"}),
            &reply.json,
            &call,
        );
        assert_eq!(error["request_id"].as_str(), reply.header("x-request-id"), "{call}");
    }
    if matches!(reply.status, 429 | 503) {
        let wait = reply.header("retry-after").and_then(|wait| wait.parse::<u32>().ok());
        assert!(wait.is_some_and(|wait| wait > 0), "no Retry-After: {call}");
    }
    let Some((template, operation)) = operation(method, path) else {
        assert!(matches!(reply.status, 404 | 405), "not a path of the document, but {call}");
        return;
    };
    let response = &operation["responses"][reply.status.to_string()];
    assert!(response.is_object(), "an undocumented status: {call}");
    if reply.status >= 400 {
        let documented = response["description"].as_str().unwrap_or_default();
        let code = error["code"].as_str().unwrap_or_default();
        assert!(documented.split(", ").any(|one| one == code), "an undocumented code: {call}");
        return;
    }
    let Some(content) = response["content"].as_object() else {
        assert!(reply.bytes.is_empty(), "a body where none is documented: {call}");
        return;
    };
    let media_type =
        reply.header("content-type").and_then(|value| value.split(';').next()).unwrap_or_default();
    let media =
        content.get(media_type).unwrap_or_else(|| panic!("undocumented media type {media_type}: {call}"));
    if let Some(schema) = media.get("schema") {
        fits(&format!("{method} {template} {}", reply.status), schema, &reply.json, &call);
    }
}

fn operation(method: &str, path: &str) -> Option<(&'static str, &'static Value)> {
    let method = method.to_ascii_lowercase();
    let paths = DOCUMENT["paths"].as_object()?;
    let fitting = paths
        .iter()
        .filter(|(template, operations)| is_at(template, path) && operations[&method].is_object());
    // A literal path segment takes precedence over a parameter, as in the router.
    let (template, operations) = fitting.min_by_key(|(template, _)| template.matches('{').count())?;
    Some((template, &operations[&method]))
}

fn is_at(template: &str, path: &str) -> bool {
    let (mut wanted, mut found) = (template.split('/'), path.split('/'));
    loop {
        match (wanted.next(), found.next()) {
            (None, None) => return true,
            (Some(wanted), Some(found))
                if wanted == found || wanted.starts_with('{') && !found.is_empty() => {}
            _ => return false,
        }
    }
}

fn fits(name: &str, schema: &Value, body: &Value, call: &str) {
    let mut validators = VALIDATORS.lock().unwrap_or_else(PoisonError::into_inner);
    let validator = validators.entry(name.to_owned()).or_insert_with(|| {
        let root = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "allOf": [schema], "components": DOCUMENT["components"],
        });
        let built = jsonschema::options().should_validate_formats(true).build(&root);
        Arc::new(built.unwrap_or_else(|error| panic!("the schema of {name} is none: {error}")))
    });
    let validator = validator.clone();
    drop(validators);
    let wrong: Vec<String> =
        validator.iter_errors(body).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert!(wrong.is_empty(), "the body does not fit the document: {wrong:?}: {call}");
}
