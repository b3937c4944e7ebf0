//! Operators decide about the lines of a claim.

use serde_json::json;

use super::{Change, Claim, Line, LineName, Status};
use crate::ids::{RewardId, UserId};
use crate::rewards::is_expired;
use crate::{Code, Error, Result, Timestamp};

/// What an operator decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Grant it.
    Approve,
    /// Do not.
    Reject,
}

impl Verdict {
    const fn status(self) -> Status {
        match self {
            Self::Approve => Status::Approved,
            Self::Reject => Status::Rejected,
        }
    }
}

/// A decision about a claim.
#[derive(Clone, Copy, Debug)]
pub struct Decision<'a> {
    /// What is decided.
    pub verdict: Verdict,
    /// About the lines of these rewards; with `lines` empty too, about every line that waits for a review.
    pub rewards: &'a [RewardId],
    /// About these lines.
    pub lines: &'a [LineName],
    /// Who decides.
    pub by: &'a UserId,
    /// Why; for staff.
    pub note: &'a str,
    /// What the user is told.
    pub message: Option<&'a str>,
    /// The version of the claim that was decided on, where that matters.
    pub version: Option<u64>,
}

impl Decision<'_> {
    fn is_about(&self, line: &Line) -> bool {
        (self.rewards.is_empty() && self.lines.is_empty())
            || self.rewards.contains(&line.reward_id)
            || self.names(line)
    }

    fn names(&self, line: &Line) -> bool {
        self.lines.iter().any(|name| name.is_of(line))
    }

    fn is(&self, change: &Change) -> bool {
        change.to == self.verdict.status()
            && change.by.as_ref() == Some(self.by)
            && change.note.as_deref() == Some(self.note)
            && change.message.as_deref() == self.message
    }
}

impl Claim {
    /// Approves or rejects lines that wait for a review.
    ///
    /// Beside those, a line that is named by its number can be approved after a worker gave it up: it is tried
    /// again. One that failed, and still holds a unit that the fulfilment service certainly has not handed out,
    /// can be rejected by its number, and then the unit returns.
    ///
    /// # Errors
    /// `OWN_REQUEST` when the claim is the operator's own, `CHANGED_SINCE` when it has another version than
    /// was decided on, `NOT_IN_REVIEW` when there is no line to decide about, `REWARD_EXPIRED` when a coupon
    /// to approve is past its date. A decision that this operator has
    /// already made is not an error: nothing changes, and the answer is `false`.
    pub fn decide(&mut self, decision: &Decision<'_>, now: Timestamp) -> Result<bool> {
        if *decision.by == self.user_id {
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
            return Err(Error::refused(Code::NotInReview, "No line that was named waits for a review."));
        }
        let is_late = |index: &usize| {
            let line = &self.lines[*index];
            line.status == Status::InReview && is_expired(line.expires_at, now)
        };
        if decision.verdict == Verdict::Approve && open.iter().any(is_late) {
            return Err(Error::refused(
                Code::RewardExpired,
                "A coupon in this request has expired and would be worth nothing: reject it, and name the other \
                 lines to approve them.",
            ));
        }
        for line in open {
            self.keep_in_mind(line);
            self.record(Change {
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

    fn is_open_to(&self, decision: &Decision<'_>, index: usize) -> bool {
        let line = &self.lines[index];
        if line.status == Status::InReview {
            // The version before this one reviewed what may have been handed over before.
            let may_reject = decision.verdict == Verdict::Approve || !self.may_have_acted(index);
            return decision.is_about(line) && may_reject;
        }
        decision.names(line)
            && match decision.verdict {
                Verdict::Approve => self.was_given_up(index),
                Verdict::Reject => line.is_failed() && line.held.is_some() && !self.may_have_acted(index),
            }
    }

    fn was_decided(&self, decision: &Decision<'_>) -> bool {
        let mut about = (0..self.lines.len()).filter(|index| decision.is_about(&self.lines[*index]));
        about.any(|index| self.decision(index).is_some_and(|change| decision.is(change)))
    }
}
