//! Files that follow from the code. `tests/generate` writes them, and tests compare them with what is
//! committed.

pub mod access;
pub mod budgets;
pub mod errors;
pub mod event_schemas;
pub mod events;
pub mod functions;
pub mod modules;
mod one_line;

use std::io;
use std::path::PathBuf;

use local::routes::DOMAINS;
use serde_json::Value;

use crate::cost::{flows, in_paused_time};
use crate::examples::{self, START_MS};
use crate::grants::kept;
use crate::harness::TestApp;

/// Generated file, with its path and its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Path from the root of the repository.
    pub path: String,
    /// Content that follows from the code.
    pub text: String,
}

impl File {
    /// Returns `true` if the committed file has this content.
    pub fn is_committed(&self) -> bool {
        read(&self.path).is_some_and(|text| text == self.text)
    }

    /// Writes the file.
    ///
    /// # Errors
    /// Fails if the file or its folder cannot be written.
    pub fn write(&self) -> io::Result<()> {
        let path = root().join(&self.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder)?;
        }
        std::fs::write(path, &self.text)
    }
}

/// Returns the root of the repository.
fn root() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

/// Returns the text of a committed file. `None` if there is no such file.
fn read(path: &str) -> Option<String> {
    std::fs::read_to_string(root().join(path)).ok()
}

/// Returns a JSON value in the format of committed JSON files.
fn pretty(value: &Value) -> String {
    serde_json::to_string_pretty(value).expect("a JSON value can be written") + "\n"
}

/// Panics with the names of those `files` that differ from the committed ones.
pub fn assert_committed(files: &[File]) {
    let differing = files.iter().filter(|file| !file.is_committed()).map(|file| file.path.as_str());
    let differing: Vec<&str> = differing.collect();
    assert!(differing.is_empty(), "differ from what the code makes, so run tests/generate: {differing:?}");
}

/// Returns the files with the recorded examples, and the OpenAPI document that contains them.
pub fn documents(examples: &Value) -> Vec<File> {
    let document = dibs_http::openapi::document(DOMAINS, examples);
    vec![
        File { path: "functions/platform/examples.json".to_owned(), text: pretty(examples) },
        File { path: "functions/platform/openapi.json".to_owned(), text: pretty(&document) },
    ]
}

/// Returns the file with the tables and queues that Terraform creates.
pub fn schema() -> File {
    File { path: "terraform/schema.json".to_owned(), text: local::schema::document() }
}

/// Returns every generated file. The grants of the functions come from the calls that tests recorded; `exact`
/// leaves out committed grants that no test used.
///
/// # Errors
/// Fails if the recorded calls or `terraform/functions.json` cannot be read.
pub fn all(exact: bool) -> io::Result<Vec<File>> {
    let examples = tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
        let app = TestApp::at(START_MS).await;
        let recording = examples::record(&app).await;
        app.settle().await;
        // The final checks of the test would fail, because a new function has no grants yet.
        app.abandon();
        recording.into_json()
    });
    let mut files = modules::files();
    files.extend(documents(&examples));
    files.extend(errors::files());
    files.extend(event_schemas::files());
    files.extend(events::files(&examples));
    files.push(access::file());
    files.push(functions::file(&kept()?, exact)?);
    files.push(schema());
    files.push(budgets::file(&in_paused_time(flows::measure())));
    Ok(files)
}
