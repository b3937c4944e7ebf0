//! Scheduled worker that copies the entries of each hour, and its root, into the archive once the root is
//! published: a bucket with object lock, or a folder. Names and contents follow from the hour alone, so a
//! repeat writes nothing else.

use domain::Result;
use domain::audit::{AuditEntry, CoveredEntry};
use runtime::{App, Source, Work, Worker};
use store::{RootRecord, Saved};

use crate::views;

/// Scheduled worker `audit-archive-entries`, every five minutes.
pub static WORKER: Worker =
    Worker { name: "audit-archive-entries", source: Source::Schedule(EVERY_SECONDS, run) };

const EVERY_SECONDS: u32 = 300;
/// Number of roots that one run looks at, of which most are archived already: one week.
const ROOTS_MAX: usize = 168;
/// Number of entries in one object.
const ENTRIES_MAX: usize = 10_000;

fn run(app: App) -> Work {
    Box::pin(async move {
        if !app.integrations().has_archive() {
            return Ok(());
        }
        let mut roots = app.store().list_audit_roots(None, ROOTS_MAX).await?;
        roots.retain(|record| !record.archived);
        for record in roots.into_iter().rev() {
            archive(&app, record).await?;
        }
        Ok(())
    })
}

/// Copies one hour. Its parts come first, and its root last.
async fn archive(app: &App, record: RootRecord) -> Result<()> {
    let hour = record.root.hour;
    let text = hour.to_string();
    let folder = text.replace(['-', 'T'], "/");
    let entries: Vec<AuditEntry> = app.store().list_audit_hour(hour).await?;
    let entries: Vec<CoveredEntry> = entries.into_iter().map(|entry| entry.covered_in(hour)).collect();
    for (number, part) in entries.chunks(ENTRIES_MAX).enumerate() {
        let name = format!("{folder}/entries-{number:04}.ndjson");
        app.integrations().archive(app.now(), &name, views::lines(part)?).await?;
    }
    let root = views::lines(std::slice::from_ref(&record.root))?;
    app.integrations().archive(app.now(), &format!("{folder}/root.ndjson"), root).await?;
    let next = RootRecord { archived: true, version: record.version + 1, ..record };
    match app.store().save_audit_root(&next).await? {
        // Another run wrote the root; the next one copies the hour once more.
        Saved::Done | Saved::Conflict(_) => Ok(()),
    }
}
