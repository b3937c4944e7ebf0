//! Lines become grants.

use super::{Claim, HISTORY_MAX, Line, Status};
use crate::Timestamp;
use crate::ids::{CampaignId, RewardId, UserId};

/// What came of trying to grant a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantOutcome {
    /// The user has it; the fulfilment service may have given it a name.
    Granted(Option<String>),
    /// It will be tried again.
    Unfinished(String),
    /// It was tried for the last time by itself; from the dead letters it can be tried again.
    GaveUp(String),
    /// It was refused for good.
    Refused(String),
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

    /// When line `index` was first asked for: its grant cannot be older.
    pub fn first_asked_at(&self, index: usize) -> Timestamp {
        // A history that was cut may have lost the first request.
        let whole = self.history.len() < HISTORY_MAX;
        let first = self.history.iter().find(|change| whole && change.line == index);
        first.map_or(self.created_at, |change| change.at)
    }

    /// Enters what came of granting the line of `reward` and `number`. `false` when that changes nothing: the
    /// line is granted already, or was already known to fail in this way.
    pub fn settle(&mut self, reward: &RewardId, number: u32, outcome: &GrantOutcome, now: Timestamp) -> bool {
        let is_open =
            |index: &usize| !matches!(self.lines[*index].status, Status::Granted | Status::Rejected);
        let Some(index) = self.place_of(reward, number).filter(is_open) else { return false };
        let last = self.history.iter().rev().find(|change| change.line == index);
        let (to, note) = match outcome {
            // A message can be worked on twice at once: where the other one came to an end, this one's
            // trouble is no news, and nobody would try again.
            GrantOutcome::Unfinished(_) | GrantOutcome::GaveUp(_)
                if !self.lines[index].status.is_to_grant() =>
            {
                return false;
            }
            GrantOutcome::Granted(reference) => {
                self.lines[index].reference.clone_from(reference);
                (Status::Granted, None)
            }
            GrantOutcome::Unfinished(why) => (Status::Granting, Some(why.clone())),
            GrantOutcome::GaveUp(why) => (Status::Failed, Some(why.clone())),
            GrantOutcome::Refused(why) => (Status::Failed, Some(format!("{REFUSED}{why}"))),
        };
        if last.is_some_and(|change| change.to == to && change.note == note) {
            return false;
        }
        self.change(index, to, now, None, note);
        true
    }

    /// Whether a worker has to grant line `index`: it is on its way, or it was given up and comes from the
    /// dead letters.
    pub fn is_to_grant(&self, index: usize) -> bool {
        self.lines.get(index).is_some_and(|line| line.status.is_to_grant()) || self.was_given_up(index)
    }

    /// For each line that was granted since `before`: how long after it could be, in milliseconds.
    pub fn grant_lags_ms(&self, before: Option<&Self>) -> impl Iterator<Item = i64> {
        let granted = self.changes_since(before).iter().filter(|change| change.to == Status::Granted);
        granted.filter_map(|granted| {
            let mut of_line = self.history.iter().rev().filter(|change| change.line == granted.line);
            let ready = of_line.find(|change| matches!(change.to, Status::Requested | Status::Approved))?;
            Some(granted.at.as_millis() - ready.at.as_millis())
        })
    }

    /// Whether line `index` failed because a worker gave it up: whether the fulfilment service did it is
    /// unknown.
    pub(super) fn was_given_up(&self, index: usize) -> bool {
        let last = self.history.iter().rev().find(|change| change.line == index);
        self.lines.get(index).is_some_and(Line::is_failed)
            && last.is_some_and(|change| {
                change.by.is_none() && change.note.as_deref().is_some_and(|note| !note.starts_with(REFUSED))
            })
    }
}
