//! OpenAPI 3.1 document built from the routes. Handler signatures determine its contents, and requests are
//! validated against the same schemas.

mod names;
mod tidy;
mod webhooks;

use std::collections::BTreeMap;

use axum::http::StatusCode;
use domain::Code;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::boundary::addresses;
use crate::failure::status;
use crate::route::{Access, Operation, Route};
use crate::schema;
use crate::start::Domain;

use names::{description, operation_id, path_parameter};
use tidy::tidy;

pub use webhooks::envelope;

/// Description of the refusals that a request can get before it reaches its function.
const BEFORE_THE_FUNCTION: &str = "Refusals in front of the function: 429 of the gateway at too many requests, and 421 \
    `HOST_NOT_ALLOWED` of the local stack.";

/// Description of the webhooks.
const EVENTS: &str = "Events that are sent to the subscribers of webhooks.";

/// Description of the API as a whole.
const INTRODUCTION: &str = "Decides who gets a scarce thing. Replies are `{success, data, meta}` or `{success, \
    error}`; `error.code` is stable. Bodies are sent as `application/json`, with each member of an object once. A \
    refusal names at most a hundred fields. Names and reasons are visible text in one line, descriptions may have \
    line feeds: both are kept in Unicode's form NFC and without the blanks around them, and their lengths are \
    counted in characters after that. A text of invisible characters beyond U+FFFF alone is refused, too, which \
    the patterns here do not say. Examples are recorded from the local stack. [Error \
    codes](../../docs/errors/README.md) have pages with cause and remedy; the links are relative to this document in \
    the repository.";

/// Builds the OpenAPI document of all routes of `domains`, which are its tags. `examples` has the recorded
/// request and response of each operation under its operation id.
pub fn document(domains: &[&Domain], examples: &Value) -> Value {
    let mut generator = schema::generator("/components/schemas");
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    let routes = domains.iter().flat_map(|domain| domain.routes.iter().map(|route| (domain.name, *route)));
    for (domain, route) in routes {
        for (index, path) in route.paths.iter().flat_map(|path| addresses(path)).enumerate() {
            let mut operation = operation(domain, route, &path, index, &mut generator);
            tidy(&mut operation);
            let example = operation["operationId"].as_str().and_then(|id| examples.get(id)).cloned();
            example.iter().for_each(|example| add_example(&mut operation, example));
            paths.entry(path).or_default().insert(route.method.to_ascii_lowercase(), operation);
        }
    }
    let mut schemas = Value::Object(generator.take_definitions(true));
    tidy(&mut schemas);
    schemas["Failure"] = failure_schema();
    let (webhooks, of_events) = webhooks::webhooks();
    for (name, mut schema) in of_events {
        // Data that a response has, too, has its schema already.
        if schemas.get(&name).is_none() {
            tidy(&mut schema);
            schemas[&name] = schema;
        }
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "dibs",
            "version": env!("CARGO_PKG_VERSION"),
            "description": INTRODUCTION,
            "contact": {"name": "Operators of this deployment"},
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/", "description": "Host that serves this document."}],
        "tags": tags(domains),
        "paths": paths,
        "webhooks": webhooks,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "access_token": {
                    "type": "http", "scheme": "bearer", "bearerFormat": "JWT",
                    "description": "Access token of a sign-in. It lives 15 minutes.",
                },
            },
        },
    })
}

fn tags(domains: &[&Domain]) -> Vec<Value> {
    let of_domains = domains.iter().map(|domain| (domain.name, domain.description));
    let all = of_domains.chain([("events", EVENTS)]);
    all.map(|(name, description)| json!({ "name": name, "description": description })).collect()
}

fn operation(
    domain: &str,
    route: &Route,
    path: &str,
    index: usize,
    generator: &mut SchemaGenerator,
) -> Value {
    let declared = route.operation();
    let token = json!({"access_token": []});
    let mut operation = json!({
        "operationId": operation_id(domain, route, index),
        "x-function": route.name,
        "tags": [domain],
        "summary": route.summary,
        "description": description(route, &declared),
        "parameters": parameters(path, &declared, generator),
        "responses": responses(route, path, &declared, generator),
        "security": match (declared.access, declared.token_optional) {
            (Access::Open, false) => json!([]),
            (Access::Open, true) => json!([{}, token]),
            _ => json!([token]),
        },
    });
    if let Some(body) = declared.body.and_then(|body| body(path, generator)) {
        let content = json!({"application/json": {"schema": body}});
        operation["requestBody"] = json!({"required": (declared.body_required)(), "content": content});
    }
    operation
}

/// Adds the recorded request and response to an operation. A response without a body has none to add.
fn add_example(operation: &mut Value, example: &Value) {
    let of =
        |value: &Value| json!({"recorded": {"summary": "Recorded from the local stack", "value": value}});
    if let Some(body) = example.get("request")
        && operation["requestBody"].is_object()
    {
        operation["requestBody"]["content"]["application/json"]["examples"] = of(body);
    }
    let status = example["status"].as_u64().unwrap_or_default().to_string();
    if let (Some(body), Some(media)) = (example.get("response"), example["media_type"].as_str())
        && operation["responses"][&status].is_object()
    {
        operation["responses"][&status]["content"][media]["examples"] = of(body);
    }
}

fn parameters(path: &str, declared: &Operation, generator: &mut SchemaGenerator) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let id = json!({"type": "string", "minLength": 1, "maxLength": 170});
    let mut parameters: Vec<Value> =
        names
        .map(|name| {
            json!({
                "name": name, "in": "path", "required": true, "description": path_parameter(name), "schema": id,
            })
        })
        .collect();
    if let Some(query) = declared.query.and_then(|query| query(generator)) {
        parameters.extend(query_parameters(&query));
    }
    if let Some(name) = declared.cookie {
        parameters.push(json!({
            "name": name, "in": "cookie", "required": false, "schema": {"type": "string"},
            "description": "Set by a sign-in.",
        }));
    }
    if declared.idempotent {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "The same key, caller and body give the first success again, whatever has changed since; the order of the body's members does not matter. What was created is shown as it is now, or as it was last when it was removed since, and is not created again.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x20-\\x7e]+$"},
        }));
    }
    if declared.if_match {
        parameters.push(json!({
            "name": "If-Match", "in": "header", "required": false,
            "description": "`ETag` of the response that the decision is based on. Another version is refused with `CHANGED_SINCE`.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 32, "pattern": "^(\\*|(W/)?(\"[0-9]{1,19}\"|[0-9]{1,19}))$"},
        }));
    }
    if declared.queue_token {
        parameters.push(json!({
            "name": "X-Queue-Token", "in": "header", "required": false,
            "description": "Newest token that the queue gave. It is required where a queue guards the resource.",
            "schema": {"type": "string", "maxLength": 2048, "pattern": "^[\\x20-\\x7e]*$"},
        }));
    }
    if declared.signed {
        parameters.push(json!({
            "name": "Dibs-Timestamp", "in": "header", "required": true,
            "description": "Time of the signature, in seconds since 1970.",
            "schema": {"type": "string", "pattern": "^[0-9]{1,12}$"},
        }));
        parameters.push(json!({
            "name": "Dibs-Signature", "in": "header", "required": true,
            "description": "HMAC-SHA256 over `{timestamp}.{method}.{path}.{body}`.",
            "schema": {"type": "string", "pattern": "^v1=[0-9a-f]{64}$"},
        }));
    }
    parameters
}

fn query_parameters(schema: &Schema) -> Vec<Value> {
    let required = |name: &str| {
        let names = schema.get("required").and_then(Value::as_array);
        names.is_some_and(|names| names.iter().any(|one| one == name))
    };
    let properties = schema.get("properties").and_then(Value::as_object);
    let parameter = |(name, schema): (&String, &Value)| {
        let mut schema = schema.clone();
        let description = schema.as_object_mut().and_then(|schema| schema.remove("description"));
        json!({
            "name": name, "in": "query", "required": required(name),
            "description": description, "schema": schema,
        })
    };
    properties.into_iter().flatten().map(parameter).collect()
}

fn responses(route: &Route, path: &str, declared: &Operation, generator: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    if let Some((status, data)) = declared.success {
        let mut response = success(status, data(generator), declared, generator);
        if declared.versioned {
            response["headers"] = json!({"ETag": {"schema": {"type": "string"}, "description": "Version of the resource, for `If-Match`."}});
        }
        responses.insert(status.as_u16().to_string(), response);
    }
    let failures = failures(route, path, declared);
    if !failures.keys().any(StatusCode::is_client_error) {
        responses.insert("4XX".to_owned(), json!({ "description": BEFORE_THE_FUNCTION }));
    }
    for (status, codes) in failures {
        let codes: Vec<&str> = codes.into_iter().map(Code::as_str).collect();
        let mut response = json!({
            "description": codes.join(", "),
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}},
        });
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            response["headers"] = json!({"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds after which to try again."}});
        }
        responses.insert(status.as_u16().to_string(), response);
    }
    Value::Object(responses)
}

fn success(
    status: StatusCode,
    data: Option<Schema>,
    declared: &Operation,
    generator: &mut SchemaGenerator,
) -> Value {
    let description = status.canonical_reason().unwrap_or("Success");
    let mut content = Map::new();
    if let Some(data) = data {
        let mut envelope = json!({
            "type": "object",
            "required": ["success", "data"],
            "properties": {"success": {"const": true, "description": "Always true."}, "data": data},
        });
        if declared.paged {
            envelope["required"] = json!(["success", "data", "meta"]);
            envelope["properties"]["meta"] = meta(declared.meta.and_then(|meta| meta(generator)));
        }
        content.insert("application/json".to_owned(), json!({ "schema": envelope }));
    }
    for media_type in declared.raw {
        content.insert((*media_type).to_owned(), json!({}));
    }
    if content.is_empty() {
        return json!({ "description": description });
    }
    json!({"description": description, "content": content})
}

/// Builds the schema of `meta` in a list response: the cursor and the properties of `more`.
fn meta(more: Option<Schema>) -> Value {
    let mut meta = json!({
        "type": "object", "description": "Position in the list.", "required": [], "properties": {},
    });
    for name in ["required", "properties"] {
        if let Some(found) = more.as_ref().and_then(|more| more.get(name)) {
            meta[name] = found.clone();
        }
    }
    if let Some(required) = meta["required"].as_array_mut() {
        required.push(json!("next_cursor"));
    }
    meta["properties"]["next_cursor"] = json!({
        "type": ["string", "null"], "description": "Value of `cursor` for the next page; null on the last page.",
    });
    meta
}

/// Lists the error codes of a route by HTTP status: the general ones that its signature implies, and its own.
fn failures(route: &Route, path: &str, declared: &Operation) -> BTreeMap<StatusCode, Vec<Code>> {
    let mut codes = vec![Code::InternalError, Code::Busy];
    if declared.body.is_some() || declared.refuses_bodies {
        codes.extend([
            Code::BadJson,
            Code::DuplicateMember,
            Code::PayloadTooLarge,
            Code::UnsupportedMediaType,
        ]);
    }
    if declared.refuses_bodies
        || declared.body.is_some()
        || declared.query.is_some()
        || declared.idempotent
        || declared.if_match
        || declared.queue_token
    {
        codes.push(Code::ValidationError);
    }
    if declared.access != Access::Open {
        codes.push(Code::Unauthorized);
    }
    // Any signed-in account passes `Access::SignedIn`; a route that refuses some accounts lists
    // `FORBIDDEN` itself.
    if matches!(declared.access, Access::Roles(_)) {
        codes.push(Code::Forbidden);
    }
    if declared.access != Access::Open && !declared.may_lack_totp {
        codes.push(Code::TotpEnrolmentRequired);
    }
    if declared.access.is_for_staff() {
        codes.push(Code::AccessUnconfirmed);
    }
    if path.contains('{') {
        codes.push(Code::NotFound);
    }
    if declared.idempotent && declared.body.is_some() {
        codes.push(Code::IdempotencyKeyReused);
    }
    codes.extend(route.refusals);
    let mut by_status: BTreeMap<StatusCode, Vec<Code>> = BTreeMap::new();
    for code in codes {
        let same = by_status.entry(status(code)).or_default();
        if !same.contains(&code) {
            same.push(code);
        }
    }
    by_status
}

fn failure_schema() -> Value {
    let codes: Vec<&str> = Code::ALL.iter().map(|(code, _)| code.as_str()).collect();
    let meanings: Vec<String> = Code::ALL
        .iter()
        .map(|(code, meaning)| {
            format!("- [`{0}`](../../docs/errors/{0}.md): {1}", code.as_str(), meaning.trim())
        })
        .collect();
    json!({
        "type": "object",
        "description": "Refusal or failure. Each code has a page in `docs/errors`.",
        "required": ["success", "error"],
        "properties": {
            "success": {"const": false, "description": "Always false."},
            "error": {
                "type": "object",
                "description": "Code, explanation and details of the refusal.",
                "required": ["code", "message", "request_id"],
                "properties": {
                    "code": {"enum": codes, "description": meanings.join("\n")},
                    "message": {"type": "string", "description": "Explanation for a reader. It may change; decide by `code`."},
                    "details": {"description": "For programs; its form follows from the code."},
                    "request_id": {"type": "string", "description": "Id of this call in the logs."},
                },
            },
        },
    })
}
