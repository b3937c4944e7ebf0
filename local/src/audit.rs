//! Command `dibs audit verify`: checks exports of the audit on this machine, without a deployment.

use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use domain::audit::{AuditHour, AuditReport, AuditRoot, verify};
use domain::{Error, Result};

/// Commands of `dibs audit`.
#[derive(Subcommand)]
pub enum Command {
    /// Verify an export of the audit: hashes, chains, gaps, and the hourly roots that cover it
    ///
    /// FILE is the reply of `GET /audit?format=ndjson`, all pages, or a file of the archive. With --roots, the
    /// export must have all entries of each hour that a root covers; --from and --to narrow the hours.
    Verify(Verify),
}

/// Options of `dibs audit verify`.
#[derive(Args)]
pub struct Verify {
    /// Exports, in NDJSON; several are verified together
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Published roots, in NDJSON: the reply of `GET /audit/roots?format=ndjson`, or kept `audit.root` events
    #[arg(long, value_name = "FILE")]
    roots: Vec<PathBuf>,
    /// First hour whose root the export must match, in UTC like 2026-11-28T10
    #[arg(long, value_name = "HOUR", requires = "roots")]
    from: Option<AuditHour>,
    /// Hour before which roots are matched
    #[arg(long, value_name = "HOUR", requires = "roots")]
    to: Option<AuditHour>,
}

impl Verify {
    /// Verifies the files, and returns the report as lines of text.
    ///
    /// # Errors
    /// Names the file that cannot be read, or the first entry that is wrong.
    pub fn run(&self) -> Result<String> {
        let mut roots = Vec::new();
        for file in &self.roots {
            for (line, text) in read(file)?.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
                roots.push(root(text).ok_or_else(|| {
                    Error::invalid_field("roots", format!("{}: line {} is no root", file.display(), line + 1))
                })?);
            }
        }
        let is_wanted = |root: &AuditRoot| {
            self.from.is_none_or(|from| from <= root.hour) && self.to.is_none_or(|to| root.hour < to)
        };
        roots.retain(is_wanted);
        let texts = self.files.iter().map(|file| read(file)).collect::<Result<Vec<String>>>()?;
        let report = verify(texts.iter().flat_map(|text| text.lines()), &roots);
        match &report.fault {
            None => Ok(text(&report, !roots.is_empty())),
            Some(fault) => {
                let line = fault.line.map(|line| format!("line {line}: ")).unwrap_or_default();
                Err(Error::invalid_field("export", format!("{line}{}: {}", fault.place, fault.problem)))
            }
        }
    }
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file)
        .map_err(|error| Error::invalid_field("file", format!("{}: {error}", file.display())))
}

/// Reads a root, which may be the data of a domain event.
fn root(text: &str) -> Option<AuditRoot> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let root = value.get("data").unwrap_or(&value);
    serde_json::from_value(root.clone()).ok()
}

fn text(report: &AuditReport, has_roots: bool) -> String {
    let AuditReport { entries, subjects, covered, begun_late, .. } = report;
    let mut lines = vec![format!("{entries} entries of {subjects} subjects are right.")];
    if *begun_late > 0 {
        lines.push(format!(
            "{begun_late} chains begin late: nothing before their first entry here is covered."
        ));
    }
    if has_roots {
        lines.push(format!("{covered} entries are covered by the roots."));
    }
    match report.uncovered_since {
        Some(hour) => lines.push(format!("From {hour} on no given root covers the entries yet.")),
        None if has_roots => lines.push("Every entry is covered.".to_owned()),
        None => {}
    }
    lines.join("\n")
}
