//! What clients see of the audit beside the entries themselves: tables and lines.

use dibs_http::csv_table;
use domain::audit::CoveredEntry;
use domain::{Error, Result};
use serde::Serialize;

/// Names of the columns.
const HEAD: [&str; 15] = [
    "subject_kind",
    "subject_id",
    "number",
    "at",
    "actor",
    "role",
    "request_id",
    "what",
    "before",
    "after",
    "reason",
    "previous_at",
    "previous",
    "hash",
    "covered_in",
];

/// Formats `entries` as CSV with a header row. States are JSON.
///
/// # Errors
/// `INTERNAL_ERROR` when the CSV writer fails, which happens only when memory runs out.
pub fn table(entries: &[CoveredEntry]) -> Result<Vec<u8>> {
    csv_table(&HEAD, entries.iter().map(row))
}

fn row(covered: &CoveredEntry) -> Vec<String> {
    let entry = &covered.entry;
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    vec![
        entry.subject_kind.as_ref().to_owned(),
        entry.subject_id.clone(),
        entry.number.to_string(),
        entry.at.to_string(),
        entry.actor.clone(),
        text(&entry.role),
        text(&entry.request_id),
        entry.what.as_ref().to_owned(),
        entry.before.as_ref().map(ToString::to_string).unwrap_or_default(),
        entry.after.to_string(),
        text(&entry.reason),
        entry.previous_at.map(|at| at.to_string()).unwrap_or_default(),
        text(&entry.previous),
        covered.hash.clone(),
        covered.covered_in.to_string(),
    ]
}

/// Formats `entries` as JSON, one a line.
///
/// # Errors
/// `INTERNAL_ERROR` when an entry cannot be serialized.
pub fn lines(entries: &[impl Serialize]) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut lines, entry).map_err(Error::internal)?;
        lines.push(b'\n');
    }
    Ok(lines)
}
