//! Tests that the committed generated files are as the code makes them. `tests/generate` writes them.

use std::collections::BTreeSet;
use std::path::Path;

use dibs_tests::examples::{START_MS, record};
use dibs_tests::generate::{
    File, access, assert_committed, documents, errors, event_schemas, events, functions, modules, schema,
};
use dibs_tests::grants::Functions;
use dibs_tests::harness::TestApp;
use domain::Code;
use domain::events::EventType;
use local::routes;
use serde_json::{Value, json};

/// Returns the names of the files in `folder`, which is a path from the root of the repository.
fn names(folder: &str) -> BTreeSet<String> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
}

#[tokio::test]
async fn examples_and_document_are_what_the_running_stack_takes_and_returns() {
    let app = TestApp::at(START_MS).await;
    let recording = record(&app).await;
    app.finish().await;
    let found = recording.into_json();
    let committed = routes::examples();
    for (id, example) in found.as_object().unwrap() {
        assert_eq!(example, &committed[id], "{id} is recorded otherwise: run tests/generate");
    }
    assert_committed(&documents(&found));
}

#[test]
fn every_function_has_its_event_and_no_event_is_left_over() {
    let files = events::files(&routes::examples());
    assert_committed(&files);
    let mut wanted: BTreeSet<String> = files.into_iter().map(|file| file.path).collect();
    wanted.insert(events::path(runtime::DEFAULT_FUNCTION));
    let folders = names("events");
    let found = folders.iter().flat_map(|folder| {
        names(&format!("events/{folder}")).into_iter().map(move |name| format!("events/{folder}/{name}"))
    });
    assert_eq!(found.collect::<BTreeSet<_>>(), wanted);
}

#[test]
fn every_type_of_event_has_its_schema_and_no_schema_is_left_over() {
    let files = event_schemas::files();
    assert_committed(&files);
    let paths: BTreeSet<String> = files.into_iter().map(|file| file.path).collect();
    for folder in names("docs/events") {
        let kind = EventType::ALL.iter().find(|kind| kind.as_str() == folder);
        let current = kind.unwrap_or_else(|| panic!("{folder} is no type")).version();
        for name in names(&format!("docs/events/{folder}")) {
            let version: u32 = name.strip_suffix(".json").unwrap().parse().unwrap();
            assert!((1..=current).contains(&version), "{folder}/{name}: a version that is to come");
        }
        assert!(paths.contains(&format!("docs/events/{folder}/{current}.json")), "{folder}");
    }
}

#[test]
fn addition_to_a_schema_is_taken_and_every_other_change_needs_a_version() {
    let old = json!({
        "type": "object",
        "description": "Before.",
        "properties": {"a": {"type": "string"}, "b": {"enum": ["x"], "description": "One."}},
        "required": ["a"],
    });
    let with = |change: fn(&mut Value)| {
        let mut new = old.clone();
        change(&mut new);
        event_schemas::broken_by(&old, &new, "")
    };
    let added = with(|new| {
        new["description"] = json!("After.");
        new["properties"]["b"]["description"] = json!("Two.");
        new["properties"]["c"] = json!({"type": "integer"});
        new["required"] = json!(["c", "a"]);
    });
    assert_eq!(added, None);
    let broken = [
        with(|new| new["properties"]["a"]["type"] = json!("integer")),
        with(|new| drop(new["properties"].as_object_mut().unwrap().remove("b"))),
        with(|new| new["properties"]["b"]["enum"] = json!(["x", "y"])),
        with(|new| new["properties"]["b"]["minLength"] = json!(1)),
        with(|new| new["required"] = json!([])),
        with(|new| drop(new.as_object_mut().unwrap().remove("required"))),
        with(|new| new["additionalProperties"] = json!(false)),
    ];
    let places = [
        "/properties/a/type",
        "/properties/b",
        "/properties/b/enum",
        "/properties/b/minLength",
        "/required",
        "/required",
        "/additionalProperties",
    ];
    assert_eq!(broken.map(Option::unwrap), places);
}

#[test]
fn authorization_table_is_that_of_the_signatures() {
    assert_committed(&[access::file()]);
}

#[test]
fn entry_of_a_function_has_its_routes_source_and_reads_of_revocations() {
    assert_committed(&[functions::file(&Functions::new(), false).unwrap()]);
}

#[test]
fn tables_and_queues_of_terraform_are_those_of_the_code() {
    assert_committed(&[schema()]);
}

#[test]
fn every_file_of_tests_is_a_module() {
    assert_committed(&modules::files());
}

#[test]
fn every_code_has_a_page_and_no_page_is_left_over() {
    let files = errors::files();
    assert_committed(&files);
    let wanted =
        files.into_iter().filter_map(|file| Some(file.path.strip_prefix("docs/errors/")?.to_owned()));
    assert_eq!(names("docs/errors"), wanted.collect());
}

#[test]
fn page_of_a_code_has_cause_and_remedy() {
    let is_page = |file: &File| !file.path.ends_with("README.md");
    let pages: Vec<File> = errors::files().into_iter().filter(is_page).collect();
    assert_eq!(pages.len(), Code::ALL.len());
    for File { path, text } in pages {
        let (written, _) = text.split_once(errors::OPERATIONS).unwrap();
        let section = |from: &str, to: Option<&str>| -> usize {
            let rest = written.split_once(from).map_or("", |(_, rest)| rest);
            to.and_then(|to| rest.split_once(to)).map_or(rest, |(part, _)| part).trim().len()
        };
        assert!(
            written.starts_with("# ") && written.contains("\n\n## Cause\n\n"),
            "{path}: heading and cause"
        );
        assert!(section("## Cause", Some("## What to do")) > 20, "{path}: cause");
        assert!(section("## What to do", None) > 10, "{path}: what to do");
    }
}
