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
    /// It was tried for the last time, or refused for good.
    Failed(String),
}

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

    /// Enters what came of granting the line of `reward` and `number`. `false` when that changes nothing: the line is
    /// granted already, or was already known to fail in this way.
    pub fn settle(&mut self, reward: &RewardId, number: u32, outcome: &GrantOutcome, now: Timestamp) -> bool {
        let found = self.lines.iter().position(|line| line.reward_id == *reward && line.number == number);
        let Some(index) = found.filter(|index| self.lines[*index].status != Status::Granted) else { return false };
        let last = self.history.iter().rev().find(|change| change.line == index);
        let known = |to: Status, why: &str| {
            last.is_some_and(|change| change.to == to && change.note.as_deref() == Some(why))
        };
        match outcome {
            GrantOutcome::Granted(reference) => {
                self.lines[index].reference.clone_from(reference);
                self.change(index, Status::Granted, now, None, None);
                true
            }
            GrantOutcome::Unfinished(why) if known(Status::Granting, why) => false,
            GrantOutcome::Unfinished(why) => {
                self.change(index, Status::Granting, now, None, Some(why.clone()));
                true
            }
            GrantOutcome::Failed(why) if known(Status::Failed, why) => false,
            GrantOutcome::Failed(why) => {
                self.change(index, Status::Failed, now, None, Some(why.clone()));
                true
            }
        }
    }
}
