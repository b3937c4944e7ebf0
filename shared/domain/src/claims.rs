//! Claims: what a user asked for in a campaign, and everything that became of it.
//!
//! A claim is one item. The functions here compute its next version from the one that was read; the store
//! writes that only if nobody else wrote in between, and if somebody did, the same function decides again on
//! what is there. So each of them first asks whether what it is about to do has been done.

mod changes;
mod decisions;
mod grants;
mod lines;
#[cfg(test)]
mod tests;

pub use changes::{Change, ChangeKind};
pub use decisions::{Decision, Verdict};
pub use grants::{Attempt, GrantOutcome, Try};
pub use lines::{EARLIER_KEYS_MAX, Evidence, Held, Line, LineName, Status};

use serde::{Deserialize, Serialize};

use crate::campaigns::Review;
use crate::ids::{CampaignId, RewardId, UserId};
use crate::rewards::Offer;
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

/// How many lines a claim may have: each keeps its evaluated condition, and an item has at most 400 KB.
pub const LINES_MAX: usize = 50;

/// What one user asked for in one campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// Whose it is.
    pub user_id: UserId,
    /// In which campaign.
    pub campaign_id: CampaignId,
    /// When the first line was asked for.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Reward by reward, and for each the first, second … time.
    pub lines: Vec<Line>,
    /// The newest change of each kind and line, oldest first: the audit, with the decisions that are kept apart.
    pub history: Vec<Change>,
    /// Decisions that the next write of the claim moves into items of their own.
    #[serde(skip)]
    pub replaced_decisions: Vec<Change>,
    /// Tells this version apart from one that another request would write of the same content in the same millisecond.
    #[serde(default)]
    pub chance: u64,
    /// One more with every write.
    pub version: u64,
}

/// What asking for a reward once more means, given what was asked for before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// A request with this key was accepted earlier: this line is its result, whatever has become of it.
    Repeat(usize),
    /// The reward of this line may have been handed over: it is granted as it is, without another look at
    /// condition and stock.
    Retry(usize),
    /// It would be this number of the reward.
    Number(u32),
}

impl Claim {
    /// A claim without lines.
    pub fn new(user_id: UserId, campaign_id: CampaignId, now: Timestamp) -> Self {
        let (lines, history, replaced_decisions) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            user_id,
            campaign_id,
            created_at: now,
            lines,
            history,
            replaced_decisions,
            chance: 0,
            version: 0,
        }
    }

    /// The id of the claim of `user` in `campaign`.
    pub fn id_of(user: &UserId, campaign: &CampaignId) -> String {
        format!("{user}:{campaign}")
    }

    /// Its id.
    pub fn id(&self) -> String {
        Self::id_of(&self.user_id, &self.campaign_id)
    }

    /// Whose and which claim the id names; `None` when it names none.
    pub fn parse_id(id: &str) -> Option<(UserId, CampaignId)> {
        let (user, campaign) = id.split_once(':')?;
        Some((UserId::parse(user)?, CampaignId::parse(campaign)?))
    }

    /// What asking for `offer` means now. `key` is the request's idempotency key.
    ///
    /// A line that only failed is asked for again under its own number; what is in flight, granted or
    /// rejected counts against the limit per user.
    ///
    /// # Errors
    /// `ALREADY_REQUESTED` when the user has had it as often as allowed.
    pub fn ask(&self, offer: &Offer, key: Option<&str>) -> Result<Ask> {
        let mine = || self.lines.iter().enumerate().filter(|(_, line)| line.reward_id == offer.reward_id);
        if let Some(key) = key
            && let Some((index, _)) =
                mine().find(|(index, line)| line.has_key(key) && !self.was_refused(*index))
        {
            return Ok(Ask::Repeat(index));
        }
        if let Some((index, failed)) = mine().find(|(_, line)| line.is_failed()) {
            let retry = self.may_have_acted(index);
            return Ok(if retry { Ask::Retry(index) } else { Ask::Number(failed.number) });
        }
        let taken = u32::try_from(mine().count()).unwrap_or(u32::MAX);
        if taken >= offer.per_user_limit || self.lines.len() >= LINES_MAX {
            return Err(Error::refused(Code::AlreadyRequested, "You have claimed this reward already.")
                .with_details(serde_json::json!({"claim_id": self.id(), "limit": offer.per_user_limit})));
        }
        Ok(Ask::Number(taken + 1))
    }

    /// Whether the key of line `index` is that of a request that was refused: the version before this one kept
    /// those too, and a refusal is decided anew.
    fn was_refused(&self, index: usize) -> bool {
        let asked = self.newest(index, Change::is_by_request);
        asked.is_some_and(|change| change.kind() == ChangeKind::FailedRequest && change.version == 0)
    }

    /// Enters line `number` of `offer` as accepted, to be granted or to be reviewed first; gives its place. A
    /// line that a worker gave up is not reviewed again: it has been, and one that the fulfilment service may
    /// have handed over is retried as it is.
    pub fn accept(
        &mut self,
        offer: &Offer,
        number: u32,
        review: Review,
        evidence: Evidence,
        now: Timestamp,
    ) -> usize {
        let known = self.place_of(&offer.reward_id, number);
        if let Some(index) = known.filter(|index| self.may_have_acted(*index)) {
            self.retry(index, evidence.key, now);
            return index;
        }
        let given_up = known.is_some_and(|index| self.was_given_up(index));
        let status = match review {
            Review::Manual if !given_up => Status::InReview,
            Review::Manual | Review::Auto => Status::Requested,
        };
        let key = evidence.key.clone();
        let index = self.enter(offer, number, evidence);
        self.key(index, key);
        self.change(index, status, now, Some(self.user_id.clone()), None);
        index
    }

    /// Enters that line `index`, which failed although its reward may have been handed over, is to be granted
    /// just as it is.
    pub fn retry(&mut self, index: usize, key: Option<String>, now: Timestamp) {
        self.key(index, key);
        self.keep_in_mind(index);
        self.change(index, Status::Requested, now, Some(self.user_id.clone()), None);
    }

    /// Enters line `number` of `offer` as failed for `reason`, so that it may be asked for again. One whose
    /// reward may have been handed over stays as it is.
    pub fn refuse(&mut self, offer: &Offer, number: u32, reason: Code, evidence: Evidence, now: Timestamp) {
        let known = self.place_of(&offer.reward_id, number);
        if known.is_some_and(|index| self.may_have_acted(index)) {
            return;
        }
        let by = Some(self.user_id.clone());
        let index = self.enter(offer, number, evidence);
        self.change(index, Status::Failed, now, by, Some(reason.as_str().to_owned()));
    }

    /// Whether every line is granted.
    pub fn fully_granted(&self) -> bool {
        !self.lines.is_empty() && self.lines.iter().all(|line| line.status == Status::Granted)
    }

    /// Whether a line has to be granted.
    pub fn has_work(&self) -> bool {
        self.lines.iter().any(|line| line.status.is_to_grant())
    }

    /// The status of the whole: that of the line which is furthest from its end.
    pub fn status(&self) -> Status {
        self.lines.iter().map(|line| line.status).min().unwrap_or(Status::Failed)
    }

    fn enter(&mut self, offer: &Offer, number: u32, evidence: Evidence) -> usize {
        let line = Line::new(offer, number, evidence);
        let Some(index) = self.place_of(&offer.reward_id, number) else {
            self.lines.push(line);
            return self.lines.len() - 1;
        };
        let was_refused = self.was_refused(index);
        let before = self.lines[index].clone();
        self.lines[index] = Line {
            // A unit that a failed line still holds stays its own.
            held: line.held.clone().or(before.held),
            key: before.key.filter(|_| !was_refused),
            earlier_keys: before.earlier_keys,
            ..line
        };
        index
    }

    /// Takes `key` as that of line `index`. A key is that of one line of a reward.
    fn key(&mut self, index: usize, key: Option<String>) {
        let reward = self.lines[index].reward_id.clone();
        for line in self.lines.iter_mut().filter(|line| line.reward_id == reward) {
            line.key = line.key.take().filter(|known| key.as_ref() != Some(known));
            line.earlier_keys.retain(|known| key.as_ref() != Some(known));
        }
        self.lines[index].take_key(key);
    }

    fn place_of(&self, reward: &RewardId, number: u32) -> Option<usize> {
        self.lines.iter().position(|line| line.reward_id == *reward && line.number == number)
    }

    /// The same claim as its next version.
    #[must_use]
    pub fn next(mut self) -> Self {
        self.version += 1;
        self
    }
}
