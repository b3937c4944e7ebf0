//! Pages of error codes in `docs/errors`. Cause and remedy are written by hand; the list of operations
//! follows from the OpenAPI document.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use domain::Code;

use super::{File, read};
use crate::harness::document;

/// Heading at which the generated part of a page begins.
pub const OPERATIONS: &str = "\n## Operations\n";

/// Ids of operations by the HTTP status with which they return one error code.
type ByStatus = BTreeMap<String, BTreeSet<String>>;

/// Returns the page of each error code, and the index of all pages. A new page has empty sections for cause
/// and remedy.
pub fn files() -> Vec<File> {
    let by_code = operations();
    let all = document()["paths"].as_object().into_iter().flatten().filter_map(|(_, item)| item.as_object());
    let all: usize = all.map(serde_json::Map::len).sum();
    let mut files = vec![File { path: "docs/errors/README.md".to_owned(), text: index(&by_code) }];
    for (code, _) in Code::ALL {
        let code = code.as_str();
        let path = format!("docs/errors/{code}.md");
        let page = read(&path).unwrap_or_default();
        let written = match page.split_once(OPERATIONS) {
            Some((written, _)) => written.to_owned(),
            None => format!("# {code}\n\n## Cause\n\n\n\n## What to do\n\n\n"),
        };
        let text = format!("{written}{OPERATIONS}{}", listed(by_code.get(code), all));
        files.push(File { path, text });
    }
    files
}

/// Returns the ids of the operations that can return an error code, by error code and HTTP status.
fn operations() -> BTreeMap<String, ByStatus> {
    let mut found: BTreeMap<String, ByStatus> = BTreeMap::new();
    let items = document()["paths"].as_object().into_iter().flatten();
    let operations = items.filter_map(|(_, item)| item.as_object()).flatten();
    for (_, operation) in operations {
        let id = operation["operationId"].as_str().unwrap_or_default();
        for (status, response) in operation["responses"].as_object().into_iter().flatten() {
            if !status.starts_with(['4', '5']) || status.ends_with("XX") {
                continue;
            }
            for code in response["description"].as_str().unwrap_or_default().split(", ") {
                let by_status = found.entry(code.to_owned()).or_default();
                by_status.entry(status.clone()).or_default().insert(id.to_owned());
            }
        }
    }
    found
}

/// Returns the generated part of a page: the operations by HTTP status. `all` is the number of operations.
fn listed(by_status: Option<&ByStatus>, all: usize) -> String {
    let Some(by_status) = by_status else {
        return "\nNone by itself: it is returned before an operation is reached.\n".to_owned();
    };
    let mut text = String::new();
    for (status, ids) in by_status {
        if ids.len() == all {
            text += &format!("\nStatus {status}: every operation.\n");
            continue;
        }
        text += &format!("\nStatus {status}:\n\n");
        ids.iter().for_each(|id| text += &format!("- `{id}`\n"));
    }
    text
}

fn index(by_code: &BTreeMap<String, ByStatus>) -> String {
    let mut text = "# Error codes\n\nA refusal is `{\"success\": false, \"error\": {\"code\", \"message\", \"details\", \
                    \"request_id\"}}`. Decide by `code`: it is stable, while\n`message` may change. Each code has a \
                    page with its cause, what to do, and the operations that return it.\n\n| code | status | meaning \
                    |\n|---|---|---|\n"
        .to_owned();
    for (code, meaning) in Code::ALL {
        let code = code.as_str();
        let statuses: Vec<&str> =
            by_code.get(code).into_iter().flat_map(BTreeMap::keys).map(String::as_str).collect();
        writeln!(text, "| [{code}]({code}.md) | {} | {} |", statuses.join(", "), meaning.trim())
            .expect("a string takes all that is written");
    }
    text
}
