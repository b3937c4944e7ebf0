//! Decisions of operators about the line items of a claim.

use serde_json::json;

use super::{Claim, ClaimChange, LineItem, LineName, LineStatus};
use crate::ids::{RewardId, UserId};
use crate::rewards::is_expired;
use crate::{Code, Error, Result, Timestamp};

/// Verdict of an operator: the approval or rejection of line items.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReviewVerdict {
    /// Approval: a worker grants the line item.
    Approve,
    /// Rejection: the line item ends without a grant.
    Reject,
}

impl ReviewVerdict {
    const fn status(self) -> LineStatus {
        match self {
            Self::Approve => LineStatus::Approved,
            Self::Reject => LineStatus::Rejected,
        }
    }
}

/// Decision of an operator about line items of a claim, before it is applied.
#[derive(Clone, Copy, Debug)]
pub struct ReviewDecision<'a> {
    /// Verdict of the operator: approval or rejection.
    pub verdict: ReviewVerdict,
    /// Rewards whose line items in review are decided. If both `rewards` and `lines` are empty, the decision
    /// covers all line items in review.
    pub rewards: &'a [RewardId],
    /// Line items that are decided by name, even if their grant has failed.
    pub lines: &'a [LineName],
    /// Operator who makes the decision.
    pub by: &'a UserId,
    /// Closed accounts of the operator's e-mail address, whose requests are the operator's own.
    pub former: &'a [UserId],
    /// Reason, visible to staff only.
    pub note: &'a str,
    /// Message to the user, or `None`.
    pub message: Option<&'a str>,
    /// Version of the claim that the operator has read. `None` skips the check that it is still the current
    /// one.
    pub version: Option<u64>,
}

impl ReviewDecision<'_> {
    fn is_about(&self, line: &LineItem) -> bool {
        (self.rewards.is_empty() && self.lines.is_empty())
            || self.rewards.contains(&line.reward_id)
            || self.names(line)
    }

    fn names(&self, line: &LineItem) -> bool {
        self.lines.iter().any(|name| name.is_of(line))
    }

    fn is(&self, change: &ClaimChange) -> bool {
        change.to == self.verdict.status()
            && change.by.as_ref() == Some(self.by)
            && change.note.as_deref() == Some(self.note)
            && change.message.as_deref() == self.message
    }
}

impl Claim {
    /// Approves or rejects line items and returns `true` if the claim changed.
    ///
    /// Line items in review can be decided, except that one whose reward may have been handed over cannot be
    /// rejected. A failed line item can be decided only by name: approved, which retries the grant, if a
    /// worker gave it up; or rejected, which releases its unit, if it holds a unit and its reward cannot have
    /// been handed over. Idempotent: if this operator has already made the same decision, nothing changes and
    /// the result is `false`.
    ///
    /// # Errors
    /// - `OWN_REQUEST` if the claim belongs to the operator or to a former account of the operator's address.
    /// - `CHANGED_SINCE` if the claim has another version than `decision.version`.
    /// - `NOT_IN_REVIEW` if none of the line items that the decision is about can be decided.
    /// - `REWARD_EXPIRED` if the reward of a line item in review that would be approved has expired.
    pub fn decide(&mut self, decision: &ReviewDecision<'_>, now: Timestamp) -> Result<bool> {
        if *decision.by == self.user_id || decision.former.contains(&self.user_id) {
            return Err(Error::refused(
                Code::OwnRequest,
                "This request is your own: another operator has to decide about it.",
            ));
        }
        let open: Vec<usize> =
            (0..self.lines.len()).filter(|index| self.is_open_to(decision, *index)).collect();
        if open.is_empty() && self.was_decided(decision) {
            return Ok(false);
        }
        if decision.version.is_some_and(|version| version != self.version) {
            return Err(Error::refused(
                Code::ChangedSince,
                "The request has changed since you read it: read it again, and decide on what it shows now.",
            )
            .with_details(json!({"version": self.version})));
        }
        if open.is_empty() {
            return Err(Error::refused(
                Code::NotInReview,
                "No line that this request names is in review; read the request for the status of its lines.",
            ));
        }
        let is_late = |index: &usize| {
            let line = &self.lines[*index];
            line.status == LineStatus::InReview && is_expired(line.expires_at, now)
        };
        if decision.verdict == ReviewVerdict::Approve && open.iter().any(is_late) {
            return Err(Error::refused(
                Code::RewardExpired,
                "A coupon in this request has expired and would be worth nothing: reject it, and name the other \
                 lines to approve them.",
            ));
        }
        for line in open {
            self.ensure_attempt_record(line);
            self.record(ClaimChange {
                at: now,
                line,
                to: decision.verdict.status(),
                by: Some(decision.by.clone()),
                note: Some(decision.note.to_owned()),
                message: decision.message.map(str::to_owned),
                version: self.version + 1,
                times: 1,
                first_at: None,
            });
        }
        Ok(true)
    }

    fn is_open_to(&self, decision: &ReviewDecision<'_>, index: usize) -> bool {
        let line = &self.lines[index];
        if line.status == LineStatus::InReview {
            // An older version of dibs could review a line item whose reward may have been handed over.
            let may_reject = decision.verdict == ReviewVerdict::Approve || !self.may_have_acted(index);
            return decision.is_about(line) && may_reject;
        }
        decision.names(line)
            && match decision.verdict {
                ReviewVerdict::Approve => self.was_given_up(index),
                ReviewVerdict::Reject => {
                    line.is_failed() && line.held.is_some() && !self.may_have_acted(index)
                }
            }
    }

    fn was_decided(&self, decision: &ReviewDecision<'_>) -> bool {
        let mut about = (0..self.lines.len()).filter(|index| decision.is_about(&self.lines[*index]));
        about.any(|index| self.decision(index).is_some_and(|change| decision.is(change)))
    }
}
