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
                    Error::internal(format!("{}: line {} is no root", file.display(), line + 1))
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
                Err(Error::internal(format!("{line}{}: {}", fault.place, fault.problem)))
            }
        }
    }
}

fn read(file: &Path) -> Result<String> {
    fs::read_to_string(file).map_err(|error| Error::internal(format!("{}: {error}", file.display())))
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

#[cfg(test)]
mod tests {
    use assertions::assert_each_eq;
    use domain::audit::{AuditEntry, Leaves, SubjectKind};
    use domain::trail::AuditAct;
    use serde_json::json;

    use super::*;

    /// Folder of a test, which is removed at its end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let folder = std::env::temp_dir().join(format!("dibs-verify-{name}-{}", std::process::id()));
            fs::create_dir_all(&folder).unwrap();
            Self(folder)
        }

        fn file(&self, name: &str, content: &str) -> PathBuf {
            let file = self.0.join(name);
            fs::write(&file, content).unwrap();
            file
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            drop(fs::remove_dir_all(&self.0));
        }
    }

    fn hour() -> AuditHour {
        "2026-11-28T10".parse().unwrap()
    }

    fn entry() -> AuditEntry {
        AuditEntry {
            subject_kind: SubjectKind::Payment,
            subject_id: "usr_1".to_owned(),
            number: 1,
            at: hour().start(),
            actor: "usr_1".to_owned(),
            role: None,
            request_id: None,
            what: AuditAct::Charged,
            before: None,
            before_digest: None,
            after: json!({"balance": 5}),
            reason: None,
            previous_at: None,
            previous: None,
        }
    }

    fn export() -> String {
        serde_json::to_string(&entry().covered_in(hour())).unwrap()
    }

    fn root_of_hour() -> AuditRoot {
        let mut leaves = Leaves::default();
        leaves.add(entry().subject(), 1, entry().hash());
        leaves.root(hour(), None)
    }

    fn run(file: PathBuf, roots: Vec<PathBuf>) -> Result<String> {
        Verify { files: vec![file], roots, from: None, to: None }.run()
    }

    #[test]
    fn export_is_right_and_what_no_root_covers_is_told() {
        let folder = Folder::new("right");
        let file = folder.file("audit.ndjson", &export());
        let listed = folder.file("roots.ndjson", &serde_json::to_string(&root_of_hour()).unwrap());
        // Kept events are roots as well.
        let event = json!({"type": "audit.root", "data": root_of_hour()}).to_string();
        let kept = folder.file("events.ndjson", &event);
        let covered = "1 entries of 1 subjects are right.\n1 entries are covered by the roots.\nEvery entry is covered.";
        assert_each_eq!(
            (run(file.clone(), vec![listed]).unwrap().as_str(), covered),
            (run(file.clone(), vec![kept]).unwrap().as_str(), covered)
        );
        let without = run(file, Vec::new()).unwrap();
        assert!(
            without.ends_with("From 2026-11-28T10 on no given root covers the entries yet."),
            "{without}"
        );
    }

    #[test]
    fn changed_entry_is_named_with_its_line() {
        let folder = Folder::new("changed");
        let file = folder.file("audit.ndjson", &export().replace("\"balance\":5", "\"balance\":6"));
        let error = format!("{:?}", run(file, Vec::new()).unwrap_err());
        assert!(
            error.contains("line 1: payment usr_1, entry 1: its content does not have its hash"),
            "{error}"
        );
    }

    #[test]
    fn file_that_is_not_there_and_root_that_is_none_are_named() {
        let folder = Folder::new("missing");
        let missing = format!("{:?}", run(folder.0.join("none.ndjson"), Vec::new()).unwrap_err());
        assert!(missing.contains("none.ndjson"), "{missing}");
        let file = folder.file("audit.ndjson", &export());
        let no_root = format!("{:?}", run(file.clone(), vec![file]).unwrap_err());
        assert!(no_root.contains("line 1 is no root"), "{no_root}");
    }
}
