//! Granting of line items.
//!
//! The fulfilment service may hand over a reward without dibs learning of it, because the response is lost or
//! the worker dies. A line item therefore records before the first call that the service may have acted
//! ([`FulfilmentAttempt`]). Only a grant or a definite refusal removes the record. Until then the data that
//! the service received stays unchanged, and the unit of the line item is not released.

use super::{Claim, FulfilmentAttempt, LineItem, LineName, LineStatus};
use crate::Timestamp;
use crate::ids::{CampaignId, Nonce, RewardId, UserId};
use crate::rewards::Fulfilment;

/// Outcome of one attempt to grant a line item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantOutcome {
    /// The user has the reward. The fulfilment service may have returned a reference.
    Granted(Option<String>),
    /// The fulfilment service was called with an unknown outcome, for the given reason.
    Unknown(String),
    /// The fulfilment service was not called, for the given reason.
    NotAsked(String),
    /// The fulfilment service refused this call for the given reason. An earlier call with unknown outcome
    /// may still have succeeded.
    Refused(String),
    /// The fulfilment service confirmed that it has not made this grant and never will, for the given reason.
    Denied(String),
}

/// Attempt to grant a line item.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GrantAttempt {
    /// Line item to grant.
    pub line: LineName,
    /// Attempt record that the line item had when the attempt began.
    pub attempt: Option<FulfilmentAttempt>,
    /// Whether no automatic retry follows this attempt.
    pub is_last: bool,
}

/// Prefix of the note of a change that says that a grant was refused permanently.
const REFUSED: &str = "refused: ";

impl Claim {
    /// Returns the grant id of a line item. It depends only on the claim and the line item, so a repeated
    /// grant has the same id.
    pub fn grant_id(user: &UserId, campaign: &CampaignId, reward: &RewardId, number: u32) -> String {
        format!("{campaign}.{reward}.{number}.{user}")
    }

    /// Returns the grant id of `line`.
    pub fn grant_id_of(&self, line: &LineItem) -> String {
        Self::grant_id(&self.user_id, &self.campaign_id, &line.reward_id, line.number)
    }

    /// Returns the indexes of the line items to grant among `named`, or among all if `named` is empty. Line
    /// items for which the fulfilment service was never called come first, so that retries of others do not
    /// delay them.
    pub fn lines_to_grant(&self, named: &[LineName]) -> Vec<usize> {
        let is_named = |line: &LineItem| named.is_empty() || named.iter().any(|name| name.is_of(line));
        let mut lines: Vec<usize> = (0..self.lines.len())
            .filter(|index| is_named(&self.lines[*index]) && self.is_to_grant(*index))
            .collect();
        lines.sort_by_key(|index| self.lines[*index].attempt.is_some());
        lines
    }

    /// Records that the worker with the random number `worker` is about to call the fulfilment service for
    /// line item `index`. Returns `true` if the claim must be written before the call, and `false` if the
    /// claim is unchanged.
    pub fn begin(&mut self, index: usize, worker: Nonce) -> bool {
        self.ensure_attempt_record(index);
        let since = self.version + 1;
        let Some(line) = self.lines.get_mut(index).filter(|line| line.fulfilment == Fulfilment::External)
        else {
            return false;
        };
        match &mut line.attempt {
            Some(attempt) if attempt.unknown => return attempt.since == since,
            Some(attempt) => attempt.unknown = true,
            None => line.attempt = Some(FulfilmentAttempt { since, unknown: false, before: false, worker }),
        }
        true
    }

    /// Creates the attempt record of line item `index` if it has none, but its history shows that an older
    /// version of dibs may have called the fulfilment service.
    pub(super) fn ensure_attempt_record(&mut self, index: usize) {
        let since = self.version + 1;
        if self.may_have_acted(index) {
            let new = FulfilmentAttempt { since, unknown: true, before: true, worker: Nonce::NONE };
            self.lines[index].attempt.get_or_insert(new);
        }
    }

    /// Sets line item `index` to `Failed` for the reason `why`, because its user may not receive rewards now.
    /// It can be requested again. Returns `false`, with no change, if the line item is not to be granted, or
    /// if its reward may have been handed over, since that must be known first.
    pub fn fail_barred(&mut self, index: usize, why: &str, now: Timestamp) -> bool {
        let is_to_grant = self.lines.get(index).is_some_and(|line| line.status.is_to_grant());
        is_to_grant && !self.may_have_acted(index) && self.fail_permanently(index, why, now)
    }

    /// Returns the attempt to grant line item `index` that a worker begins with this version of the claim.
    /// `None` if there is no such line item.
    pub fn begun(&self, index: usize, is_last: bool) -> Option<GrantAttempt> {
        let line = self.lines.get(index)?;
        Some(GrantAttempt { line: line.name(), attempt: line.attempt, is_last })
    }

    /// Records the outcome of the attempt `tried`. Returns `false`, with no change, if the line item is
    /// already granted or rejected, has already failed in the same way, or was requested again after the
    /// attempt began.
    pub fn settle(&mut self, tried: &GrantAttempt, outcome: &GrantOutcome, now: Timestamp) -> bool {
        let is_open =
            |index: &usize| !matches!(self.lines[*index].status, LineStatus::Granted | LineStatus::Rejected);
        let place = self.place_of(&tried.line.reward_id, tried.line.number);
        let Some(index) = place.filter(is_open) else { return false };
        let attempt = self.lines[index].attempt;
        let is_external = self.lines[index].fulfilment == Fulfilment::External;
        let is_of_now = self.is_under_way(tried);
        if let GrantOutcome::Granted(reference) = outcome {
            if is_external && attempt.is_some() && !is_of_now {
                return false;
            }
            let line = &mut self.lines[index];
            line.reference.clone_from(reference);
            line.attempt = None;
            self.change(index, LineStatus::Granted, now, None, None);
            return true;
        }
        if is_external && !is_of_now {
            return false;
        }
        let is_only_call = attempt == tried.attempt && attempt.is_some_and(|attempt| !attempt.unknown);
        match outcome {
            GrantOutcome::Granted(_) => false,
            GrantOutcome::Refused(why) if is_only_call => self.fail_permanently(index, why, now),
            GrantOutcome::Denied(why) => self.fail_permanently(index, why, now),
            GrantOutcome::NotAsked(why) => {
                if is_only_call {
                    self.lines[index].attempt = None;
                }
                self.fail(index, tried, why, now) || is_only_call
            }
            GrantOutcome::Refused(why) => {
                let why = format!("the service refused, but may have acted before: {why}");
                self.leave_unknown(index, tried, &why, now)
            }
            GrantOutcome::Unknown(why) => self.leave_unknown(index, tried, why, now),
        }
    }

    /// Returns `true` if the line item still has the attempt record with which `tried` began, so that the
    /// outcome of `tried` counts.
    pub fn is_under_way(&self, tried: &GrantAttempt) -> bool {
        let line = self.lines.iter().find(|line| tried.line.is_of(line));
        let since = |attempt: Option<FulfilmentAttempt>| attempt.map(|attempt| attempt.since);
        line.is_some_and(|line| line.attempt.is_some() && since(line.attempt) == since(tried.attempt))
    }

    fn leave_unknown(&mut self, index: usize, tried: &GrantAttempt, why: &str, now: Timestamp) -> bool {
        let before = self.lines[index].attempt;
        let new =
            FulfilmentAttempt { since: self.version + 1, unknown: true, before: false, worker: Nonce::NONE };
        let attempt = Some(FulfilmentAttempt { unknown: true, ..before.unwrap_or(new) });
        self.lines[index].attempt = attempt;
        self.fail(index, tried, why, now) || attempt != before
    }

    /// Records a failed attempt for the reason `why`: `Failed` after the last automatic retry, else
    /// `Granting`. Returns `false`, with no change, if the line item is no longer to be granted or has just
    /// failed in the same way.
    fn fail(&mut self, index: usize, tried: &GrantAttempt, why: &str, now: Timestamp) -> bool {
        // Two workers can handle the same message at once. If the other one has finished, this failure is
        // irrelevant.
        if !self.lines[index].status.is_to_grant() {
            return false;
        }
        let to = if tried.is_last { LineStatus::Failed } else { LineStatus::Granting };
        let last = self.newest(index, |_| true);
        if last.is_some_and(|change| change.to == to && change.note.as_deref() == Some(why)) {
            return false;
        }
        self.change(index, to, now, None, Some(why.to_owned()));
        true
    }

    /// Records that the line item was refused permanently, and returns `true`. Its unit is released, and a
    /// new request takes another one. A unit that an older version of dibs took stays with the line item,
    /// since its fencing value in the bucket is unknown.
    fn fail_permanently(&mut self, index: usize, why: &str, now: Timestamp) -> bool {
        let line = &mut self.lines[index];
        line.attempt = None;
        line.held = line.held.take().filter(|held| held.version == 0);
        self.change(index, LineStatus::Failed, now, None, Some(format!("{REFUSED}{why}")));
        true
    }

    /// Returns `true` if a worker that receives a message about line item `index` has to grant it: its status
    /// says so, or a worker gave it up and the message was redriven from the dead-letter queue.
    pub fn is_to_grant(&self, index: usize) -> bool {
        self.lines.get(index).is_some_and(|line| line.status.is_to_grant()) || self.was_given_up(index)
    }

    /// Returns `true` if the reward of line item `index` may have been handed over without a recorded grant.
    /// The line item must then be neither changed nor rejected, and its unit not released.
    pub fn may_have_acted(&self, index: usize) -> bool {
        let Some(line) = self.lines.get(index) else { return false };
        let before = || self.is_of_version_before(index) && self.may_have_acted_before(index);
        line.status != LineStatus::Granted && (line.attempt.is_some() || before())
    }

    /// Returns `true` if an older version of dibs, which wrote all changes of line item `index`, may have
    /// handed over the reward. That version recorded only outcomes, and nothing if the worker died.
    fn may_have_acted_before(&self, index: usize) -> bool {
        let line = &self.lines[index];
        let of_line = || self.history.iter().filter(|change| change.line == index);
        let refused = |note: &Option<String>| note.as_deref().is_some_and(|note| note.starts_with(REFUSED));
        line.fulfilment == Fulfilment::External
            && (line.status.is_to_grant()
                || of_line().any(|change| {
                    change.to == LineStatus::Granting
                        || change.to == LineStatus::Failed && change.by.is_none() && !refused(&change.note)
                }))
    }

    /// Returns `true` if line item `index` failed without a permanent refusal of its grant: a worker gave up
    /// after the last retry, or the reward may have been handed over.
    pub(super) fn was_given_up(&self, index: usize) -> bool {
        let last = self.newest(index, |_| true);
        let gave_up = last.is_some_and(|change| {
            change.by.is_none() && change.note.as_deref().is_some_and(|note| !note.starts_with(REFUSED))
        });
        self.lines.get(index).is_some_and(LineItem::is_failed) && (gave_up || self.may_have_acted(index))
    }

    /// Returns, for each line item that was granted since version `before`, the time from its request or
    /// approval to its grant, in milliseconds.
    pub fn grant_lags_ms(&self, before: Option<&Self>) -> impl Iterator<Item = i64> {
        let granted =
            self.changes_since(before).into_iter().filter(|change| change.to == LineStatus::Granted);
        granted.filter_map(|granted| {
            let ready = |to: LineStatus| matches!(to, LineStatus::Requested | LineStatus::Approved);
            let ready = self.newest(granted.line, |change| ready(change.to))?;
            Some(granted.at.as_millis() - ready.at.as_millis())
        })
    }
}
