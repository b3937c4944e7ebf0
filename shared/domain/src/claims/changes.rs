//! The audit of a claim: what happened to its lines.
//!
//! A claim keeps for each line one change of each kind: its newest request, newest decision, grant and so on,
//! with how often that kind has happened. So it stays bounded, whatever a user repeats. Decisions that a newer
//! one replaces are not counted away: they become items of their own, written together with the claim.

use serde::{Deserialize, Serialize};

use super::{Claim, Status};
use crate::Timestamp;
use crate::ids::UserId;
use crate::time::millis;

/// How many changes the version before this one kept in a claim; it dropped the oldest.
const HISTORY_MAX_BEFORE: usize = 60;

/// A change of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When, the last time.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Which line, by its place in the claim.
    pub line: usize,
    /// What it became.
    pub to: Status,
    /// Who did it; nobody when dibs did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<UserId>,
    /// Why; for staff where an operator decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// What an operator told the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// The claim's version that has it first; 0 in what the version before this one wrote.
    #[serde(rename = "v", default, skip_serializing_if = "is_zero")]
    pub version: u64,
    /// How often a change of this kind has happened to the line, this time included.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub times: u32,
    /// When one of this kind happened first; absent when this is the first.
    #[serde(with = "millis::option", default, skip_serializing_if = "Option::is_none")]
    pub first_at: Option<Timestamp>,
}

/// The kinds of changes of which a claim keeps the newest for each line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// The user asked, and was accepted.
    Request,
    /// The user asked, and was refused.
    FailedRequest,
    /// An operator decided.
    Decision,
    /// A worker could not grant it yet.
    Attempt,
    /// A worker could not grant it, and stopped trying.
    FailedGrant,
    /// A worker granted it.
    Grant,
}

impl ChangeKind {
    /// The kind of a change to `to`, made by an account or by dibs itself.
    pub const fn of(to: Status, by_account: bool) -> Self {
        match to {
            Status::Requested | Status::InReview => Self::Request,
            Status::Approved | Status::Rejected => Self::Decision,
            Status::Granting => Self::Attempt,
            Status::Granted => Self::Grant,
            Status::Failed if by_account => Self::FailedRequest,
            Status::Failed => Self::FailedGrant,
        }
    }
}

impl Change {
    /// Its kind.
    pub const fn kind(&self) -> ChangeKind {
        ChangeKind::of(self.to, self.by.is_some())
    }

    /// Whether it was made by what the user asked.
    pub const fn is_by_request(&self) -> bool {
        matches!(self.kind(), ChangeKind::Request | ChangeKind::FailedRequest)
    }

    /// Whether the version before this one would take the two for one: it knew only these fields.
    fn is_same_before(&self, other: &Self) -> bool {
        (self.at, self.line, self.to, &self.by, &self.note)
            == (other.at, other.line, other.to, &other.by, &other.note)
    }
}

impl Claim {
    /// Enters a change of line `line`. A write of the claim changes each line at most once.
    pub(super) fn change(
        &mut self,
        line: usize,
        to: Status,
        at: Timestamp,
        by: Option<UserId>,
        note: Option<String>,
    ) {
        self.record(Change {
            at,
            line,
            to,
            by,
            note,
            message: None,
            version: self.version + 1,
            times: 1,
            first_at: None,
        });
    }

    /// Enters `change` in place of those of its kind.
    pub(super) fn record(&mut self, mut change: Change) {
        let kind = change.kind();
        let is_cut =
            self.history.len() >= HISTORY_MAX_BEFORE && self.history.iter().any(|known| known.version == 0);
        let is_of_kind = |known: &Change| known.line == change.line && known.kind() == kind;
        let (replaced, kept): (Vec<Change>, Vec<Change>) =
            std::mem::take(&mut self.history).into_iter().partition(is_of_kind);
        self.history = kept;
        change.times = replaced.iter().fold(1, |times, known| times.saturating_add(known.times));
        change.first_at = replaced.iter().map(|known| known.first_at.unwrap_or(known.at)).min();
        if is_cut {
            // The first one may have been dropped.
            change.first_at = Some(self.created_at);
        }
        if kind == ChangeKind::Decision {
            let decisions = replaced.into_iter().map(|known| Change { times: 1, first_at: None, ..known });
            self.replaced_decisions.extend(decisions);
        }
        self.lines[change.line].status = change.to;
        self.history.push(change);
    }

    /// The changes that came after those that `before`, an earlier version, knew.
    pub fn changes_since(&self, before: Option<&Self>) -> Vec<&Change> {
        let Some(before) = before else { return self.history.iter().collect() };
        if self.history.iter().any(|change| change.version > 0) {
            return self.history.iter().filter(|change| change.version > before.version).collect();
        }
        // Written by the version before this one. What `before` knew is still there, except for the oldest that
        // had to go. Two changes may be equal in everything: the same request, sent twice at once, can fail
        // twice in one millisecond.
        let known = &before.history;
        let begins_with = |gone: usize| {
            let mut pairs = known[gone..].iter().zip(&self.history);
            known.len() - gone <= self.history.len() && pairs.all(|(one, other)| one.is_same_before(other))
        };
        let gone = (0..=known.len()).find(|gone| begins_with(*gone)).unwrap_or(known.len());
        self.history[known.len() - gone..].iter().collect()
    }

    /// The newest change of line `index`, of those that `wanted` says.
    pub fn newest(&self, index: usize, wanted: impl Fn(&Change) -> bool) -> Option<&Change> {
        self.history.iter().rev().find(|change| change.line == index && wanted(change))
    }

    /// The newest decision about line `index`.
    pub fn decision(&self, index: usize) -> Option<&Change> {
        self.newest(index, |change| change.kind() == ChangeKind::Decision)
    }

    /// How many decisions about its lines are kept as items of their own.
    pub fn decisions_apart(&self) -> u32 {
        let newest = self.history.iter().filter(|change| {
            // The version before this one kept all of them here, each counted once.
            change.kind() == ChangeKind::Decision && change.version > 0
        });
        newest.map(|change| change.times - 1).sum()
    }

    /// When line `index` was last asked for.
    pub fn requested_at(&self, index: usize) -> Timestamp {
        self.newest(index, Change::is_by_request).map_or(self.created_at, |change| change.at)
    }

    /// When line `index` was granted; `None` as well when the version before this one dropped the change that
    /// says so.
    pub fn granted_at(&self, index: usize) -> Option<Timestamp> {
        self.newest(index, |change| change.kind() == ChangeKind::Grant).map(|change| change.at)
    }

    /// When line `index` was first asked for: its grant cannot be older.
    pub fn first_asked_at(&self, index: usize) -> Timestamp {
        let is_cut =
            self.history.len() >= HISTORY_MAX_BEFORE && self.history.iter().any(|change| change.version == 0);
        let asked = self.history.iter().filter(|change| change.line == index && change.is_by_request());
        let first = asked.map(|change| change.first_at.unwrap_or(change.at)).min();
        first.filter(|_| !is_cut).unwrap_or(self.created_at)
    }

    /// Whether only the version before this one has changed line `index`.
    pub(super) fn is_of_version_before(&self, index: usize) -> bool {
        self.newest(index, |change| change.version > 0).is_none()
    }
}

const fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_one(times: &u32) -> bool {
    *times == 1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(version: &u64) -> bool {
    *version == 0
}
