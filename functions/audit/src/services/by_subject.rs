//! Entries of one subject, newest first. The head on the subject's item says when its newest entry was made,
//! and each entry when the one before was, so each is found without an index.

use domain::audit::{AuditHour, AuditSubject, CoveredEntry};
use domain::{BusyReason, Code, Error, Result, Timestamp};
use runtime::App;

use crate::services::by_time::covered;
use crate::services::filter::{AuditFilter, EntryPage, Position};

/// Lists up to `limit` entries of `subject` that pass `filter`, after the position `after`.
///
/// # Errors
/// `NOT_FOUND` when the subject has no entries; `BUSY` when its newest entry is not recorded yet.
pub async fn list(
    app: &App,
    subject: &AuditSubject,
    filter: &AuditFilter,
    after: Option<Position>,
    limit: usize,
) -> Result<EntryPage> {
    let mut next = match after.and_then(|after| after.entry.map(|(.., number)| (after.second, number))) {
        Some((second, number)) => {
            let at = Timestamp::from_millis(second.saturating_mul(1000));
            let last = find(app, subject, number, at).await?;
            last.and_then(|last| Some((last.entry.previous_at?, last.entry.number.saturating_sub(1))))
        }
        None => {
            let head = app.store().get_audit_head(subject).await?;
            let head = head.ok_or_else(|| {
                let message = "This subject has no audit entries: check subject_kind and subject_id. One that an earlier \
                               version of dibs wrote has entries from its next change on.";
                Error::refused(Code::NotFound, message)
            })?;
            Some((head.at, head.number))
        }
    };
    let mut entries: Vec<CoveredEntry> = Vec::new();
    while let Some((at, number)) = next {
        // The relay records an entry within seconds of the change.
        let found = find(app, subject, number, at).await?.ok_or_else(|| Error::busy(BusyReason::Audit))?;
        let before = found.entry.previous_at;
        next = before
            .map(|at| (at, number.saturating_sub(1)))
            .filter(|(at, _)| filter.from.is_none_or(|from| from <= *at));
        if filter.matches(&found.entry) {
            entries.push(found);
        }
        if entries.len() == limit {
            break;
        }
    }
    let last = entries.last().map(|last| Position::of(&last.entry));
    Ok(EntryPage { entries, next: last.filter(|_| next.is_some()) })
}

/// Finds entry `number` of `subject`, which was made at `at`, among those of its second, eventually consistent.
async fn find(app: &App, subject: &AuditSubject, number: u64, at: Timestamp) -> Result<Option<CoveredEntry>> {
    let hour = AuditHour::of(at);
    let packs = app.store().audit_second(hour, at, false).await?;
    let found = covered(hour, packs);
    Ok(found.into_iter().find(|found| found.entry.number == number && found.entry.subject() == *subject))
}
