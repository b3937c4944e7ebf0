//! Audit of a claim: changes of its line items.
//!
//! A claim keeps one change per line item and kind: the newest request, the newest decision, the newest grant
//! and so on, each with a count. Its size is therefore bounded, however often a user repeats. A replaced
//! decision becomes a separate item, which is written in the same transaction.

use serde::{Deserialize, Serialize};

use super::{Claim, LineStatus, is_zero};
use crate::Timestamp;
use crate::ids::UserId;
use crate::time::millis;

/// Maximum number of changes that an older version of dibs kept in a claim. It dropped the oldest ones.
const HISTORY_MAX_BEFORE: usize = 60;

/// Change of a line item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClaimChange {
    /// Time of the change; of the latest one if the line item has had several of its kind.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Index of the line item in the claim.
    pub line: usize,
    /// Status of the line item after the change.
    pub to: LineStatus,
    /// Account that made the change. `None` if dibs made it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<UserId>,
    /// Reason for the change. A reason by an operator is shown to staff only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
    /// Message from the operator to the user.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
    /// Version of the claim that first contained the change. 0 if an older version of dibs wrote it.
    #[serde(rename = "v", default, skip_serializing_if = "is_zero")]
    pub version: u64,
    /// Number of changes of this kind that the line item has had, including this one.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub times: u32,
    /// Time of the first change of this kind to the line item. `None` if this is the first.
    #[serde(with = "millis::option", default, skip_serializing_if = "Option::is_none")]
    pub first_at: Option<Timestamp>,
}

/// Kind of a change. A claim keeps the newest change of each kind and line item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ClaimChangeKind {
    /// Accepted request of the user.
    Request,
    /// Refused request of the user.
    FailedRequest,
    /// Decision of an operator.
    Decision,
    /// Failed grant attempt that will be retried.
    Attempt,
    /// Failed grant attempt after which the worker gave up, or refusal by the fulfilment service.
    FailedGrant,
    /// Successful grant by a worker.
    Grant,
}

impl ClaimChangeKind {
    /// Returns the kind of a change to status `to`, made by an account or by dibs itself.
    pub const fn of(to: LineStatus, by_account: bool) -> Self {
        match to {
            LineStatus::Requested | LineStatus::InReview => Self::Request,
            LineStatus::Approved | LineStatus::Rejected => Self::Decision,
            LineStatus::Granting => Self::Attempt,
            LineStatus::Granted => Self::Grant,
            LineStatus::Failed if by_account => Self::FailedRequest,
            LineStatus::Failed => Self::FailedGrant,
        }
    }
}

impl ClaimChange {
    /// Returns the kind of the change.
    pub const fn kind(&self) -> ClaimChangeKind {
        ClaimChangeKind::of(self.to, self.by.is_some())
    }

    /// Returns `true` if a request of the user made the change.
    pub const fn is_by_request(&self) -> bool {
        matches!(self.kind(), ClaimChangeKind::Request | ClaimChangeKind::FailedRequest)
    }

    /// Returns `true` if two changes are equal in the fields that an older version of dibs stored.
    fn is_same_before(&self, other: &Self) -> bool {
        (self.at, self.line, self.to, &self.by, &self.note)
            == (other.at, other.line, other.to, &other.by, &other.note)
    }
}

impl Claim {
    /// Sets line item `line` to status `to` and records the change. Between two writes of the claim, each
    /// line item is changed at most once.
    pub(super) fn change(
        &mut self,
        line: usize,
        to: LineStatus,
        at: Timestamp,
        by: Option<UserId>,
        note: Option<String>,
    ) {
        self.record(ClaimChange {
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

    /// Sets the line item to the status of `change` and records `change` in place of the earlier one of the
    /// same line item and kind. A replaced decision moves to [`Claim::list_replaced_decisions`].
    pub(super) fn record(&mut self, mut change: ClaimChange) {
        let kind = change.kind();
        let is_cut =
            self.history.len() >= HISTORY_MAX_BEFORE && self.history.iter().any(|known| known.version == 0);
        let is_of_kind = |known: &ClaimChange| known.line == change.line && known.kind() == kind;
        let (replaced, kept): (Vec<ClaimChange>, Vec<ClaimChange>) =
            std::mem::take(&mut self.history).into_iter().partition(is_of_kind);
        self.history = kept;
        change.times = replaced.iter().fold(1, |times, known| times.saturating_add(known.times));
        change.first_at = replaced.iter().map(|known| known.first_at.unwrap_or(known.at)).min();
        if is_cut {
            // The first change may have been dropped, so the creation of the claim is the only safe lower
            // bound.
            change.first_at = Some(self.created_at);
        }
        if kind == ClaimChangeKind::Decision {
            let decisions =
                replaced.into_iter().map(|known| ClaimChange { times: 1, first_at: None, ..known });
            self.replaced_decisions.extend(decisions);
        }
        self.lines[change.line].status = change.to;
        self.history.push(change);
    }

    /// Returns the changes that were recorded after `before`, an earlier version of the claim, or all changes
    /// if `before` is `None`.
    pub fn changes_since(&self, before: Option<&Self>) -> Vec<&ClaimChange> {
        let Some(before) = before else { return self.history.iter().collect() };
        if self.history.iter().any(|change| change.version > 0) {
            return self.history.iter().filter(|change| change.version > before.version).collect();
        }
        // An older version of dibs wrote this claim. It contains the changes of `before`, except that the
        // oldest may have been dropped. Two changes may be equal in all fields: a request that was sent twice
        // in parallel can fail twice in one millisecond.
        let known = &before.history;
        let begins_with = |gone: usize| {
            let mut pairs = known[gone..].iter().zip(&self.history);
            known.len() - gone <= self.history.len() && pairs.all(|(one, other)| one.is_same_before(other))
        };
        let gone = (0..=known.len()).find(|gone| begins_with(*gone)).unwrap_or(known.len());
        self.history[known.len() - gone..].iter().collect()
    }

    /// Returns the newest change of line item `index` for which `wanted` returns `true`.
    pub fn newest(&self, index: usize, wanted: impl Fn(&ClaimChange) -> bool) -> Option<&ClaimChange> {
        self.history.iter().rev().find(|change| change.line == index && wanted(change))
    }

    /// Returns the newest decision about line item `index`.
    pub fn decision(&self, index: usize) -> Option<&ClaimChange> {
        self.newest(index, |change| change.kind() == ClaimChangeKind::Decision)
    }

    /// Returns the number of decisions about the claim's line items that were replaced and are stored as
    /// separate items.
    pub fn decisions_apart(&self) -> u32 {
        let newest = self.history.iter().filter(|change| {
            // An older version of dibs kept all decisions in the claim, so none of them is a separate item.
            change.kind() == ClaimChangeKind::Decision && change.version > 0
        });
        newest.map(|change| change.times - 1).sum()
    }

    /// Returns the time of the last request for line item `index`.
    pub fn requested_at(&self, index: usize) -> Timestamp {
        self.newest(index, ClaimChange::is_by_request).map_or(self.created_at, |change| change.at)
    }

    /// Returns the time of the grant of line item `index`. `None` if it is not granted, or if an older
    /// version of dibs dropped the change.
    pub fn granted_at(&self, index: usize) -> Option<Timestamp> {
        self.newest(index, |change| change.kind() == ClaimChangeKind::Grant).map(|change| change.at)
    }

    /// Returns the time of the first request for line item `index`, or the creation of the claim if that is
    /// unknown. The line item was granted no earlier.
    pub fn first_asked_at(&self, index: usize) -> Timestamp {
        let is_cut =
            self.history.len() >= HISTORY_MAX_BEFORE && self.history.iter().any(|change| change.version == 0);
        let asked = self.history.iter().filter(|change| change.line == index && change.is_by_request());
        let first = asked.map(|change| change.first_at.unwrap_or(change.at)).min();
        first.filter(|_| !is_cut).unwrap_or(self.created_at)
    }

    /// Returns `true` if all recorded changes of line item `index` were written by an older version of dibs.
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
