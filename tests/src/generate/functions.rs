//! Entries of all functions in `terraform/functions.json`. Routes and event sources follow from the code, and
//! grants from the calls that tests recorded. Everything else is written by hand: secrets, memory, timeouts,
//! calls to outside.

use std::io;

use dibs_http::Access;
use local::functions::functions;
use local::routes::routes;
use serde_json::{Map, Value, json};
use store::schema::REVOKED;

use super::one_line::one_line;
use super::{File, read};
use crate::grants::{Functions, Grants};

const PATH: &str = "terraform/functions.json";
/// Members of an entry that follow from the code. All others are written by hand.
const GENERATED: [&str; 4] = ["routes", "source", "tables", "queues"];

/// Returns `terraform/functions.json`, in the order of the routes and workers. The recorded `calls` are added
/// to the committed grants of each function or, if `exact` is set, replace them.
///
/// # Errors
/// Fails if the committed file cannot be parsed.
pub fn file(calls: &Functions, exact: bool) -> io::Result<File> {
    let committed: Map<String, Value> = serde_json::from_str(read(PATH).as_deref().unwrap_or("{}"))?;
    let mut lines = Vec::new();
    for function in functions() {
        let before = committed.get(function.name).cloned().unwrap_or_else(|| json!({}));
        let mut grants = if exact { Grants::default() } else { serde_json::from_value(before.clone())? };
        grants.add(calls.get(function.name).cloned().unwrap_or_default());
        if reads_revocations(function.name) {
            grants.tables.entry(REVOKED.name.to_owned()).or_default().insert("Query".to_owned());
        }
        let mut entry = Map::new();
        if !function.routes.is_empty() {
            entry.insert("routes".to_owned(), json!(function.routes));
        }
        if let Some(source) = &function.source {
            entry.insert("source".to_owned(), json!(source));
        }
        if let Value::Object(grants) = json!(grants) {
            entry.extend(grants);
        }
        let by_hand = before.as_object().into_iter().flatten();
        let by_hand = by_hand.filter(|(member, _)| !GENERATED.contains(&member.as_str()));
        entry.extend(by_hand.map(|(member, value)| (member.clone(), value.clone())));
        lines.push(format!("  {}: {}", json!(function.name), one_line(&Value::Object(entry))));
    }
    Ok(File { path: PATH.to_owned(), text: format!("{{\n{}\n}}\n", lines.join(",\n")) })
}

/// Functions that check the rights of connected users.
const CHECK_CONNECTIONS: [&str; 2] = ["live-receive-message", "live-broadcast-changes"];

/// Returns `true` if the function checks an access token or the rights of a connected user, for which it reads the
/// revocation list. Recorded
/// calls do not show this: an instance reads the list once a second, and a test has one instance for all
/// functions.
fn reads_revocations(function: &str) -> bool {
    let route = routes().iter().find(|route| route.name == function);
    let operation = route.map(|route| route.operation());
    CHECK_CONNECTIONS.contains(&function)
        || operation.is_some_and(|operation| operation.access != Access::Open || operation.token_optional)
}
