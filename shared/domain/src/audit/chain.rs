//! Chain of a subject's entries: its next entry at a write, and the entry that two images of an item show.

use serde_json::Value;

use super::entry::SYSTEM;
use super::{Act, AuditEntry, Audited, Author, state_digest};
use crate::Timestamp;
use crate::trail::{Hash, TrailHead};

/// Moves the trail of `item`, a version that is about to be written, to its next entry. Does nothing if the
/// state is that of the entry before, or if the trail has been moved for this version already.
pub fn seal<T: Audited>(item: &mut T, author: &Author) {
    let version = item.audit_version();
    if item.trail().head().is_some_and(|head| head.version == version) {
        return;
    }
    let (before, digest) = (item.trail().before(version), state_digest(&item.state()));
    if before.as_ref().is_some_and(|head| head.state == digest) {
        return item.trail_mut().set(version, before);
    }
    let act = item.act();
    let noted = item.trail().noted();
    let actor = noted.map_or_else(|| author.actor.clone(), |noted| Some(noted.actor.clone()));
    let at = noted.map(|noted| noted.at).or(act.at).or(author.at);
    let mut head = TrailHead {
        // A chain begins at the entity's version, so that one that begins anew, because an earlier version of
        // dibs wrote the entity without its head, repeats no number.
        number: before.as_ref().map_or(version, |head| head.number.saturating_add(1)),
        hash: Hash([0; 32]),
        state: digest,
        what: noted.map_or(act.what, |noted| noted.what),
        at: at.unwrap_or(Timestamp::from_millis(0)),
        role: actor.as_ref().filter(|actor| author.actor.as_ref() == Some(actor)).and(author.role.clone()),
        actor,
        request_id: author.request_id.clone(),
        version,
        previous: before.as_ref().map(|head| head.hash),
    };
    let entry = entry(item, &head, act, before.as_ref(), None);
    head.hash = entry.hash();
    item.trail_mut().set(version, Some(head));
}

/// Returns the entry that the write of `after` over `before` made, or `None` if it made none. `before` is
/// `None` if the item is new.
pub fn entry_between<T: Audited>(before: Option<&T>, after: &T) -> Option<AuditEntry> {
    let head = after.trail().head()?;
    let earlier = before.and_then(|before| before.trail().head());
    if earlier.is_some_and(|earlier| earlier.number == head.number) {
        return None;
    }
    let state = before.map(Audited::state);
    Some(entry(after, head, after.act(), earlier, state))
}

/// Builds the entry of `head`. `before` is the head of the entry before, with the state that it led to.
fn entry<T: Audited>(
    item: &T,
    head: &TrailHead,
    act: Act,
    before: Option<&TrailHead>,
    state: Option<Value>,
) -> AuditEntry {
    let subject = item.subject();
    let state = state.filter(|state| before.is_some_and(|before| before.state == state_digest(state)));
    AuditEntry {
        subject_kind: subject.kind,
        subject_id: subject.id,
        number: head.number,
        at: head.at,
        actor: head.actor.as_ref().map_or_else(|| SYSTEM.to_owned(), ToString::to_string),
        role: head.role.clone(),
        request_id: head.request_id.clone(),
        what: head.what,
        before_digest: before.filter(|_| state.is_none()).map(|before| before.state.to_string()),
        before: state,
        after: item.state(),
        reason: act.reason,
        previous_at: before.map(|before| before.at),
        previous: before.map(|before| before.hash.to_string()),
    }
}
