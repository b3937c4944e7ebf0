//! Lines become grants.
//!
//! The fulfilment service can hand a reward over although dibs never hears of it: its answer is lost, or the
//! worker dies while it waits. So a line says on itself that the service may have acted, from before the first
//! call on. Only a grant, or a definite no, takes that back. Until then nothing of the line changes that the
//! service was told, and its unit is nobody else's.

use serde::{Deserialize, Serialize};

use super::{Claim, Line, LineName, Status};
use crate::Timestamp;
use crate::ids::{CampaignId, RewardId, UserId};
use crate::rewards::Fulfilment;

/// What came of trying to grant a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantOutcome {
    /// The user has it; the fulfilment service may have given it a name.
    Granted(Option<String>),
    /// Nobody knows whether the user has it.
    Unknown(String),
    /// The fulfilment service was not asked.
    NotAsked(String),
    /// This call was refused. That says nothing about an earlier one whose outcome is unknown.
    Refused(String),
    /// The service says of this very grant that it has not been made, and never will be.
    Denied(String),
}

/// That the outside service may have granted a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// The claim's version that began the first call; what comes of a call that began before it is of no
    /// account.
    pub since: u64,
    /// Whether there has been more than one call, or one whose outcome is unknown: then a refused call decides
    /// nothing.
    pub unknown: bool,
    /// Whether the version before this one may have made the first call: the next ones say no more than that
    /// version said.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub before: bool,
}

/// A try to grant a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Try {
    /// Which line.
    pub line: LineName,
    /// What the line said when the try had begun.
    pub attempt: Option<Attempt>,
    /// Whether it is the last one that is made by itself.
    pub is_last: bool,
}

/// What the note of a line begins with that was refused for good.
const REFUSED: &str = "refused: ";

impl Claim {
    /// The id of the grant of a line. It follows from the claim and the line alone, so there can be only one.
    pub fn grant_id(user: &UserId, campaign: &CampaignId, reward: &RewardId, number: u32) -> String {
        format!("{campaign}.{reward}.{number}.{user}")
    }

    /// The id of the grant of `line`.
    pub fn grant_id_of(&self, line: &Line) -> String {
        Self::grant_id(&self.user_id, &self.campaign_id, &line.reward_id, line.number)
    }

    /// The lines that a worker has to grant of those that `named` says; of all of them when none is named.
    /// Lines that the fulfilment service was not asked for yet come first, so that each gets its turn.
    pub fn lines_to_grant(&self, named: &[LineName]) -> Vec<usize> {
        let is_named = |line: &Line| named.is_empty() || named.iter().any(|name| name.is_of(line));
        let mut lines: Vec<usize> = (0..self.lines.len())
            .filter(|index| is_named(&self.lines[*index]) && self.is_to_grant(*index))
            .collect();
        lines.sort_by_key(|index| self.lines[*index].attempt.is_some());
        lines
    }

    /// Enters that the fulfilment service is about to be asked for line `index`. `false` when that changes
    /// nothing.
    pub fn begin(&mut self, index: usize) -> bool {
        self.keep_in_mind(index);
        let since = self.version + 1;
        let Some(line) = self.lines.get_mut(index).filter(|line| line.fulfilment == Fulfilment::External)
        else {
            return false;
        };
        match &mut line.attempt {
            Some(attempt) if attempt.unknown => return attempt.since == since,
            Some(attempt) => attempt.unknown = true,
            None => line.attempt = Some(Attempt { since, unknown: false, before: false }),
        }
        true
    }

    /// Writes on line `index` what only its history says: that the version before this one may have had it
    /// granted.
    pub(super) fn keep_in_mind(&mut self, index: usize) {
        let since = self.version + 1;
        if self.may_have_acted(index) {
            self.lines[index].attempt.get_or_insert(Attempt { since, unknown: true, before: true });
        }
    }

    /// Ends line `index`, since its user may not be given anything now: it can be asked for again. A line that the
    /// fulfilment service may have been asked for goes on, since what came of that has to be known. `false` when that
    /// changes nothing.
    pub fn bar(&mut self, index: usize, why: &str, now: Timestamp) -> bool {
        let is_to_grant = self.lines.get(index).is_some_and(|line| line.status.is_to_grant());
        is_to_grant && !self.may_have_acted(index) && self.end_refused(index, why, now)
    }

    /// A try to grant line `index` that begins with this version of the claim.
    pub fn begun(&self, index: usize, is_last: bool) -> Option<Try> {
        let line = self.lines.get(index)?;
        Some(Try { line: line.name(), attempt: line.attempt, is_last })
    }

    /// Enters what came of a try. `false` when that changes nothing: the line is granted or rejected already,
    /// or known to fail in this way, or the try belongs to a request of the line that is over.
    pub fn settle(&mut self, tried: &Try, outcome: &GrantOutcome, now: Timestamp) -> bool {
        let is_open =
            |index: &usize| !matches!(self.lines[*index].status, Status::Granted | Status::Rejected);
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
            self.change(index, Status::Granted, now, None, None);
            return true;
        }
        if is_external && !is_of_now {
            return false;
        }
        let is_only_call = attempt == tried.attempt && attempt.is_some_and(|attempt| !attempt.unknown);
        match outcome {
            GrantOutcome::Granted(_) => false,
            GrantOutcome::Refused(why) if is_only_call => self.end_refused(index, why, now),
            GrantOutcome::Denied(why) => self.end_refused(index, why, now),
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

    /// Whether `tried` belongs to what is under way for its line: to calls that began after the line was last
    /// asked for anew.
    pub fn is_under_way(&self, tried: &Try) -> bool {
        let line = self.lines.iter().find(|line| tried.line.is_of(line));
        let since = |attempt: Option<Attempt>| attempt.map(|attempt| attempt.since);
        line.is_some_and(|line| line.attempt.is_some() && since(line.attempt) == since(tried.attempt))
    }

    fn leave_unknown(&mut self, index: usize, tried: &Try, why: &str, now: Timestamp) -> bool {
        let before = self.lines[index].attempt;
        let new = Attempt { since: self.version + 1, unknown: true, before: false };
        let attempt = Some(Attempt { unknown: true, ..before.unwrap_or(new) });
        self.lines[index].attempt = attempt;
        self.fail(index, tried, why, now) || attempt != before
    }

    /// Enters that a try failed; the line may be tried again.
    fn fail(&mut self, index: usize, tried: &Try, why: &str, now: Timestamp) -> bool {
        // A message can be worked on twice at once: where the other one came to an end, this one's trouble is
        // no news.
        if !self.lines[index].status.is_to_grant() {
            return false;
        }
        let to = if tried.is_last { Status::Failed } else { Status::Granting };
        let last = self.newest(index, |_| true);
        if last.is_some_and(|change| change.to == to && change.note.as_deref() == Some(why)) {
            return false;
        }
        self.change(index, to, now, None, Some(why.to_owned()));
        true
    }

    /// Enters that the service said no for good. The unit is nobody's from here on: whoever asks again takes
    /// another. Where the bucket's note about it is not known, it stays with the line.
    fn end_refused(&mut self, index: usize, why: &str, now: Timestamp) -> bool {
        let line = &mut self.lines[index];
        line.attempt = None;
        line.held = line.held.take().filter(|held| held.version == 0);
        self.change(index, Status::Failed, now, None, Some(format!("{REFUSED}{why}")));
        true
    }

    /// Whether a worker has to grant line `index`: it is on its way, or it was given up and comes from the
    /// dead letters.
    pub fn is_to_grant(&self, index: usize) -> bool {
        self.lines.get(index).is_some_and(|line| line.status.is_to_grant()) || self.was_given_up(index)
    }

    /// Whether the reward of line `index` may have been handed over although dibs does not know it. While this
    /// is so, the line is neither changed nor rejected, and its unit is not free.
    pub fn may_have_acted(&self, index: usize) -> bool {
        let Some(line) = self.lines.get(index) else { return false };
        let before = || self.is_of_version_before(index) && self.may_have_acted_before(index);
        line.status != Status::Granted && (line.attempt.is_some() || before())
    }

    /// The same of a line that the version before this one wrote: it noted only what an answer told it, and
    /// nothing when the worker died.
    fn may_have_acted_before(&self, index: usize) -> bool {
        let line = &self.lines[index];
        let of_line = || self.history.iter().filter(|change| change.line == index);
        let refused = |note: &Option<String>| note.as_deref().is_some_and(|note| note.starts_with(REFUSED));
        line.fulfilment == Fulfilment::External
            && (line.status.is_to_grant()
                || of_line().any(|change| {
                    change.to == Status::Granting
                        || change.to == Status::Failed && change.by.is_none() && !refused(&change.note)
                }))
    }

    /// Whether line `index` failed because a worker gave it up.
    pub(super) fn was_given_up(&self, index: usize) -> bool {
        let last = self.newest(index, |_| true);
        let gave_up = last.is_some_and(|change| {
            change.by.is_none() && change.note.as_deref().is_some_and(|note| !note.starts_with(REFUSED))
        });
        self.lines.get(index).is_some_and(Line::is_failed) && (gave_up || self.may_have_acted(index))
    }

    /// For each line that was granted since `before`: how long after it could be, in milliseconds.
    pub fn grant_lags_ms(&self, before: Option<&Self>) -> impl Iterator<Item = i64> {
        let granted = self.changes_since(before).into_iter().filter(|change| change.to == Status::Granted);
        granted.filter_map(|granted| {
            let ready = |to: Status| matches!(to, Status::Requested | Status::Approved);
            let ready = self.newest(granted.line, |change| ready(change.to))?;
            Some(granted.at.as_millis() - ready.at.as_millis())
        })
    }
}
