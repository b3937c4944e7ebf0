//! Pages of error codes in docs/errors: one for each code, with its operations and their statuses as the OpenAPI
//! document has them. `just errors` writes what follows from the document.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::PathBuf;

use dibs_tests::harness::document;
use domain::Code;

/// Environment variable that writes the generated parts in place of comparing them.
const WRITE: &str = "DIBS_WRITE_ERROR_PAGES";
/// Heading of the generated part of a page.
const OPERATIONS: &str = "\n## Operations\n";

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../docs/errors")
}

/// Returns the operation ids that can return each code, by code and status.
fn operations() -> BTreeMap<String, BTreeMap<String, BTreeSet<String>>> {
    let mut found: BTreeMap<String, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for item in document()["paths"].as_object().unwrap().values() {
        for operation in item.as_object().unwrap().values() {
            let id = operation["operationId"].as_str().unwrap();
            for (status, response) in operation["responses"].as_object().unwrap() {
                if !status.starts_with(['4', '5']) || status.ends_with("XX") {
                    continue;
                }
                for code in response["description"].as_str().unwrap().split(", ") {
                    let by_status = found.entry(code.to_owned()).or_default();
                    by_status.entry(status.clone()).or_default().insert(id.to_owned());
                }
            }
        }
    }
    found
}

/// Returns the generated part of a page: the operations by status.
fn listed(by_status: Option<&BTreeMap<String, BTreeSet<String>>>, all: usize) -> String {
    let Some(by_status) = by_status else {
        return "\nNone by itself: it is returned before an operation is reached.\n".to_owned();
    };
    let mut text = String::new();
    for (status, ids) in by_status {
        if ids.len() == all {
            writeln!(text, "\nStatus {status}: every operation.").unwrap();
            continue;
        }
        writeln!(text, "\nStatus {status}:\n").unwrap();
        ids.iter().for_each(|id| writeln!(text, "- `{id}`").unwrap());
    }
    text
}

fn index(by_code: &BTreeMap<String, BTreeMap<String, BTreeSet<String>>>) -> String {
    let mut text = "# Error codes\n\nA refusal is `{\"success\": false, \"error\": {\"code\", \"message\", \"details\", \
                    \"request_id\"}}`. Decide by `code`: it is stable, while\n`message` may change. Each code has a \
                    page with its cause, what to do, and the operations that return it.\n\n| code | status | meaning \
                    |\n|---|---|---|\n"
        .to_owned();
    for (code, meaning) in Code::ALL {
        let code = code.as_str();
        let statuses: Vec<&str> =
            by_code.get(code).into_iter().flat_map(BTreeMap::keys).map(String::as_str).collect();
        writeln!(text, "| [{code}]({code}.md) | {} | {} |", statuses.join(", "), meaning.trim()).unwrap();
    }
    text
}

#[test]
fn every_code_has_a_page_and_no_page_is_left_over() {
    let pages: BTreeSet<String> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    let names = Code::ALL.iter().map(|(code, _)| format!("{}.md", code.as_str()));
    assert_eq!(pages, names.chain(["README.md".to_owned()]).collect());
}

#[test]
fn page_of_a_code_has_cause_remedy_and_operations() {
    let by_code = operations();
    let all =
        document()["paths"].as_object().unwrap().values().map(|one| one.as_object().unwrap().len()).sum();
    let mut generated = vec![("README.md".to_owned(), index(&by_code))];
    for (code, _) in Code::ALL {
        let code = code.as_str();
        let name = format!("{code}.md");
        let page =
            std::fs::read_to_string(folder().join(&name)).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (written, _) = page.split_once(OPERATIONS).unwrap_or_else(|| panic!("{name} has no operations"));
        let section = |from: &str, to: Option<&str>| -> usize {
            let rest = written.split_once(from).map_or("", |(_, rest)| rest);
            to.and_then(|to| rest.split_once(to)).map_or(rest, |(part, _)| part).trim().len()
        };
        assert!(written.starts_with(&format!("# {code}\n\n## Cause\n\n")), "{name}: heading and cause");
        assert!(section("## Cause", Some("## What to do")) > 20, "{name}: cause");
        assert!(section("## What to do", None) > 10, "{name}: what to do");
        let page = format!("{written}{OPERATIONS}{}", listed(by_code.get(code), all));
        generated.push((name, page));
    }
    for (name, page) in generated {
        let file = folder().join(&name);
        if std::env::var_os(WRITE).is_some() {
            std::fs::write(file, page).unwrap();
            continue;
        }
        let committed = std::fs::read_to_string(file).unwrap_or_default();
        assert!(committed == page, "docs/errors/{name} differs from the document: run `just errors`");
    }
}
