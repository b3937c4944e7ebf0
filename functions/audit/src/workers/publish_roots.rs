//! Scheduled worker that publishes the root of each hour, a quarter of an hour after its end. A root is written
//! before its domain event is sent, and a repeat sends the same event again.

use domain::Result;
use domain::audit::{AuditEntry, AuditHour, Leaves};
use domain::events::DomainEvent;
use runtime::outbox::publish;
use runtime::{App, Source, Work, Worker};
use store::{RootRecord, Saved};

/// Scheduled worker `audit-publish-roots`, every five minutes.
pub static WORKER: Worker =
    Worker { name: "audit-publish-roots", source: Source::Schedule(EVERY_SECONDS, run) };

const EVERY_SECONDS: u32 = 300;
/// Maximum number of steps of one run. An hour takes two: its root is written, and then published. A worker that
/// stood still thus catches up 12 hours in a run.
const STEPS_MAX: usize = 24;

fn run(app: App) -> Work {
    Box::pin(async move {
        for _ in 0..STEPS_MAX {
            let newest = app.store().list_audit_roots(None, 1).await?.into_iter().next();
            if let Some(unpublished) = newest.as_ref().filter(|newest| !newest.published) {
                publish_root(&app, unpublished).await?;
                continue;
            }
            let hour = match &newest {
                Some(newest) => newest.root.hour.next(),
                None => first_hour(&app),
            };
            if !hour.is_settled(app.now()) {
                return Ok(());
            }
            write_root(&app, hour, newest.as_ref()).await?;
        }
        Ok(())
    })
}

/// Returns the hour of the first root: the latest one that is over and settled.
fn first_hour(app: &App) -> AuditHour {
    let hour = AuditHour::of(app.now()).before();
    if hour.is_settled(app.now()) { hour } else { hour.before() }
}

/// Writes the root of `hour`. Another run may write the same root at the same time.
async fn write_root(app: &App, hour: AuditHour, before: Option<&RootRecord>) -> Result<()> {
    let store = app.store();
    let entries = store.list_audit_hour(hour).await?;
    mark_late(app, hour, &entries).await?;
    let mut leaves = Leaves::default();
    for entry in &entries {
        leaves.add(entry.subject(), entry.number, entry.hash());
    }
    let root = leaves.root(hour, before.map(|before| &before.root));
    let record = RootRecord { root, published: false, has_late: false, archived: false, version: 1 };
    match store.save_audit_root(&record).await? {
        Saved::Done | Saved::Conflict(_) => Ok(()),
    }
}

/// Marks the roots of earlier hours of which entries were recorded in `hour`, so that readers look for them.
async fn mark_late(app: &App, hour: AuditHour, entries: &[AuditEntry]) -> Result<()> {
    let mut hours: Vec<AuditHour> = entries.iter().map(|entry| AuditHour::of(entry.at)).collect();
    hours.retain(|own| *own != hour);
    hours.sort_unstable();
    hours.dedup();
    for own in hours {
        let found = app.store().get_audit_root_if_exists(own).await?;
        if let Some(found) = found.filter(|found| !found.has_late) {
            update(app, &RootRecord { has_late: true, version: found.version + 1, ..found }).await?;
        }
    }
    Ok(())
}

/// Sends the domain event of a root, and then notes that it is sent.
async fn publish_root(app: &App, record: &RootRecord) -> Result<()> {
    publish(app, &[DomainEvent::of_audit_root(&record.root)]).await?;
    update(app, &RootRecord { published: true, version: record.version + 1, ..record.clone() }).await
}

/// Writes the next version of a root. If another run wrote it first, the next run reads what is left to do.
async fn update(app: &App, record: &RootRecord) -> Result<()> {
    match app.store().save_audit_root(record).await? {
        Saved::Done | Saved::Conflict(_) => Ok(()),
    }
}
