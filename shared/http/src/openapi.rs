//! OpenAPI 3.1 document built from the routes. Handler signatures determine its contents, and requests are
//! validated against the same schemas.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use domain::Code;
use domain::accounts::Role;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use crate::boundary::addresses;
use crate::failure::status;
use crate::route::{Access, Operation, Route};
use crate::schema;

/// Builds the OpenAPI document of `routes`.
pub fn document(routes: &[&Route]) -> Value {
    let mut generator = schema::generator("/components/schemas");
    let mut paths: BTreeMap<String, Map<String, Value>> = BTreeMap::new();
    for route in routes {
        for (index, path) in route.paths.iter().flat_map(|path| addresses(path)).enumerate() {
            let operation = operation(route, &path, index, &mut generator);
            paths.entry(path).or_default().insert(route.method.to_ascii_lowercase(), operation);
        }
    }
    let mut schemas = generator.take_definitions(true);
    schemas.insert("Failure".to_owned(), failure_schema());
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "dibs",
            "version": env!("CARGO_PKG_VERSION"),
            "description": "Decides who gets a scarce thing. Replies are `{success, data, meta}` or `{success, error}`; \
                            `error.code` is stable. Bodies are sent as `application/json`, with each member of an object \
                            once. A refusal names at most a hundred fields. Names and reasons are visible text in one line, \
                            descriptions may have line feeds: both are kept in Unicode's form NFC and without the blanks \
                            around them, and their lengths are counted in characters after that.",
            "license": {"name": "MIT OR Apache-2.0", "identifier": "MIT OR Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": tags(routes),
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {
                "access_token": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"},
            },
        },
    })
}

/// Lists the domains in the order of their first route.
fn tags(routes: &[&Route]) -> Vec<Value> {
    let mut names: Vec<&str> = Vec::new();
    for route in routes {
        if !names.contains(&tag(route)) {
            names.push(tag(route));
        }
    }
    names.into_iter().map(|name| json!({ "name": name })).collect()
}

/// Returns the domain that `route` belongs to: the first part of its name.
fn tag(route: &Route) -> &str {
    match route.name.strip_prefix("waiting-room-") {
        Some(_) => "waiting-room",
        None => route.name.split('-').next().unwrap_or(route.name),
    }
}

fn operation(route: &Route, path: &str, index: usize, generator: &mut SchemaGenerator) -> Value {
    let said = route.operation();
    // The first path has the route's name as its operation id. Further paths get a number.
    let id = if index == 0 { route.name.to_owned() } else { format!("{}-{}", route.name, index + 1) };
    let mut operation = json!({
        "operationId": id,
        "tags": [tag(route)],
        "summary": route.summary,
        "description": who(said.access),
        "parameters": parameters(path, &said, generator),
        "responses": responses(route, path, &said, generator),
    });
    if said.access != Access::Open {
        operation["security"] = json!([{"access_token": []}]);
    }
    if let Some(body) = said.body.and_then(|body| body(path, generator)) {
        let content = json!({"application/json": {"schema": body}});
        operation["requestBody"] = json!({"required": (said.body_required)(), "content": content});
    }
    operation
}

fn who(access: Access) -> String {
    let names = |roles: &[Role]| roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ");
    match access {
        Access::Open => "Open to everybody.".to_owned(),
        Access::SignedIn => "For every signed-in account.".to_owned(),
        Access::Roles(roles) => format!("For accounts with one of the roles {}.", names(roles)),
    }
}

fn parameters(path: &str, said: &Operation, generator: &mut SchemaGenerator) -> Vec<Value> {
    let names = path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'));
    let id = json!({"type": "string", "minLength": 1, "maxLength": 170});
    let mut parameters: Vec<Value> =
        names.map(|name| json!({"name": name, "in": "path", "required": true, "schema": id})).collect();
    if let Some(query) = said.query.and_then(|query| query(generator)) {
        parameters.extend(query_parameters(&query));
    }
    if let Some(name) = said.cookie {
        parameters.push(json!({
            "name": name, "in": "cookie", "required": false, "schema": {"type": "string"},
        }));
    }
    if said.idempotent {
        parameters.push(json!({
            "name": "Idempotency-Key", "in": "header", "required": false,
            "description": "The same key, caller and body give the first success again, whatever has changed since; the order of the body's members does not matter. What was created is shown as it is now, or as it was last when it was removed since, and is not created again.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[\\x20-\\x7e]+$"},
        }));
    }
    if said.if_match {
        parameters.push(json!({
            "name": "If-Match", "in": "header", "required": false,
            "description": "The `ETag` of the answer that was decided on: another version is refused.",
            "schema": {"type": "string", "minLength": 1, "maxLength": 32, "pattern": "^(\\*|(W/)?(\"[0-9]{1,19}\"|[0-9]{1,19}))$"},
        }));
    }
    if said.queue_token {
        parameters.push(json!({
            "name": "X-Queue-Token", "in": "header", "required": false,
            "description": "The newest token that the queue gave; required behind a queue.",
            "schema": {"type": "string", "maxLength": 2048, "pattern": "^[\\x20-\\x7e]*$"},
        }));
    }
    if said.signed {
        parameters.push(json!({
            "name": "Dibs-Timestamp", "in": "header", "required": true,
            "description": "When it was signed, in seconds since 1970.",
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
            "description": description.unwrap_or_default(), "schema": schema,
        })
    };
    properties.into_iter().flatten().map(parameter).collect()
}

fn responses(route: &Route, path: &str, said: &Operation, generator: &mut SchemaGenerator) -> Value {
    let mut responses = Map::new();
    if let Some((status, data)) = said.success {
        let mut response = success(status, data(generator), said, generator);
        if said.versioned {
            response["headers"] = json!({"ETag": {"schema": {"type": "string"}, "description": "The version, for `If-Match`."}});
        }
        responses.insert(status.as_u16().to_string(), response);
    }
    for (status, codes) in failures(route, path, said) {
        let codes: Vec<&str> = codes.into_iter().map(Code::as_str).collect();
        let mut response = json!({
            "description": codes.join(", "),
            "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Failure"}}},
        });
        if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
            response["headers"] =
                json!({"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}});
        }
        responses.insert(status.as_u16().to_string(), response);
    }
    Value::Object(responses)
}

fn success(
    status: StatusCode,
    data: Option<Schema>,
    said: &Operation,
    generator: &mut SchemaGenerator,
) -> Value {
    let description = status.canonical_reason().unwrap_or("Success");
    let mut content = Map::new();
    if let Some(data) = data {
        let mut envelope = json!({
            "type": "object",
            "required": ["success", "data"],
            "properties": {"success": {"const": true}, "data": data},
        });
        if said.paged {
            envelope["required"] = json!(["success", "data", "meta"]);
            envelope["properties"]["meta"] = meta(said.meta.and_then(|meta| meta(generator)));
        }
        content.insert("application/json".to_owned(), json!({ "schema": envelope }));
    }
    for media_type in said.raw {
        content.insert((*media_type).to_owned(), json!({}));
    }
    if content.is_empty() {
        return json!({ "description": description });
    }
    json!({"description": description, "content": content})
}

/// Builds the schema of `meta` in a list response: the cursor and the properties of `more`.
fn meta(more: Option<Schema>) -> Value {
    let mut meta = json!({"type": "object", "required": [], "properties": {}});
    for name in ["required", "properties"] {
        if let Some(found) = more.as_ref().and_then(|more| more.get(name)) {
            meta[name] = found.clone();
        }
    }
    if let Some(required) = meta["required"].as_array_mut() {
        required.push(json!("next_cursor"));
    }
    meta["properties"]["next_cursor"] = json!({"type": ["string", "null"]});
    meta
}

/// Lists the error codes of a route by HTTP status: the general ones that its signature implies, and its own.
fn failures(route: &Route, path: &str, said: &Operation) -> BTreeMap<StatusCode, Vec<Code>> {
    let mut codes = vec![Code::InternalError, Code::Busy];
    if said.body.is_some() || said.refuses_bodies {
        codes.extend([
            Code::BadJson,
            Code::DuplicateMember,
            Code::PayloadTooLarge,
            Code::UnsupportedMediaType,
        ]);
    }
    if said.refuses_bodies
        || said.body.is_some()
        || said.query.is_some()
        || said.idempotent
        || said.if_match
        || said.queue_token
    {
        codes.push(Code::ValidationError);
    }
    if said.access != Access::Open {
        codes.push(Code::Unauthorized);
    }
    if said.access != Access::Open {
        codes.push(Code::Forbidden);
    }
    if said.access.is_for_staff() {
        codes.push(Code::AccessUnconfirmed);
    }
    if path.contains('{') {
        codes.push(Code::NotFound);
    }
    if said.idempotent && said.body.is_some() {
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
        .map(|(code, meaning)| format!("- `{}`: {}", code.as_str(), meaning.trim()))
        .collect();
    json!({
        "type": "object",
        "required": ["success", "error"],
        "properties": {
            "success": {"const": false},
            "error": {
                "type": "object",
                "required": ["code", "message", "request_id"],
                "properties": {
                    "code": {"enum": codes, "description": meanings.join("\n")},
                    "message": {"type": "string", "description": "For people."},
                    "details": {"description": "For programs; its form follows from the code."},
                    "request_id": {"type": "string", "description": "Leads to this call in the logs."},
                },
            },
        },
    })
}
