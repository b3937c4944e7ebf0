//! Claims: what a user asked for in a campaign, and everything that became of it.
//!
//! A claim is one item. The functions here compute its next version from the one that was read; the store
//! writes that only if nobody else wrote in between, and if somebody did, the same function decides again on
//! what is there. So each of them first asks whether what it is about to do has been done.

mod grants;
mod lines;
#[cfg(test)]
mod tests;

pub use grants::GrantOutcome;
pub use lines::{Change, Evidence, Held, Line, Status};

use serde::{Deserialize, Serialize};

use crate::campaigns::Review;
use crate::ids::{CampaignId, RewardId, UserId};
use crate::rewards::Offer;
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

/// How many changes a claim remembers; older ones are only with the data platform. A user who keeps failing a
/// condition must not make the item grow without bound.
pub const HISTORY_MAX: usize = 60;
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
    /// Every change of a line, oldest first: the audit.
    pub history: Vec<Change>,
    /// Tells this version apart from one that another request would write of the same content in the same millisecond.
    #[serde(default)]
    pub chance: u64,
    /// One more with every write.
    pub version: u64,
}

/// What asking for a reward once more means, given what was asked for before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// The very same request succeeded earlier: line `0` is its result.
    Repeat(usize),
    /// It would be this number of the reward.
    Number(u32),
}

impl Claim {
    /// A claim without lines.
    pub fn new(user_id: UserId, campaign_id: CampaignId, now: Timestamp) -> Self {
        let (lines, history) = (Vec::new(), Vec::new());
        Self { user_id, campaign_id, created_at: now, lines, history, chance: 0, version: 0 }
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
                mine().find(|(_, line)| !line.is_failed() && line.key.as_deref() == Some(key))
        {
            return Ok(Ask::Repeat(index));
        }
        if let Some((_, failed)) = mine().find(|(_, line)| line.is_failed()) {
            return Ok(Ask::Number(failed.number));
        }
        let taken = u32::try_from(mine().count()).unwrap_or(u32::MAX);
        if taken >= offer.per_user_limit || self.lines.len() >= LINES_MAX {
            return Err(Error::refused(Code::AlreadyRequested, "You have claimed this reward already.")
                .with_details(serde_json::json!({"claim_id": self.id(), "limit": offer.per_user_limit})));
        }
        Ok(Ask::Number(taken + 1))
    }

    /// Enters line `number` of `offer` as accepted, to be granted or to be reviewed first; gives its place. A
    /// line that a worker gave up is not reviewed again: the fulfilment service may have done it, so nobody
    /// can still say no.
    pub fn accept(
        &mut self,
        offer: &Offer,
        number: u32,
        review: Review,
        evidence: Evidence,
        now: Timestamp,
    ) -> usize {
        let known = self.place_of(&offer.reward_id, number);
        let given_up = known.is_some_and(|index| self.was_given_up(index));
        let status = match review {
            Review::Manual if !given_up => Status::InReview,
            Review::Manual | Review::Auto => Status::Requested,
        };
        let by = Some(self.user_id.clone());
        let index = self.enter(offer, number, evidence);
        self.change(index, status, now, by, None);
        index
    }

    /// Enters line `number` of `offer` as failed for `reason`, so that it may be asked for again.
    pub fn refuse(&mut self, offer: &Offer, number: u32, reason: Code, evidence: Evidence, now: Timestamp) {
        let by = Some(self.user_id.clone());
        let index = self.enter(offer, number, evidence);
        self.change(index, Status::Failed, now, by, Some(reason.as_str().to_owned()));
    }

    /// Approves or rejects the lines that wait for a review; those of `rewards` when some are named.
    ///
    /// A line that failed for good may be rejected too: that ends it, and its unit returns to the stock. One
    /// that a worker gave up may not: the fulfilment service may have done it.
    ///
    /// # Errors
    /// `NOT_IN_REVIEW` when there is no line to decide about. A decision that this same reviewer has already
    /// made is not an error: nothing changes, and the answer is `false`.
    pub fn decide(
        &mut self,
        verdict: Verdict,
        rewards: &[RewardId],
        by: &UserId,
        note: &str,
        now: Timestamp,
    ) -> Result<bool> {
        let named = |line: &Line| rewards.is_empty() || rewards.contains(&line.reward_id);
        let status = verdict.status();
        let open: Vec<usize> = (0..self.lines.len())
            .filter(|index| {
                let line = &self.lines[*index];
                let failed_for_good = line.is_failed() && !self.was_given_up(*index);
                named(line)
                    && (line.status == Status::InReview || verdict == Verdict::Reject && failed_for_good)
            })
            .collect();
        if open.is_empty() {
            let done = self.history.iter().any(|change| {
                change.to == status
                    && change.by.as_ref() == Some(by)
                    && change.note.as_deref() == Some(note)
                    && self.lines.get(change.line).is_some_and(named)
            });
            return if done {
                Ok(false)
            } else {
                Err(Error::refused(Code::NotInReview, "Nothing here waits for a review."))
            };
        }
        for index in open {
            self.change(index, status, now, Some(by.clone()), Some(note.to_owned()));
        }
        Ok(true)
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
        match self.place_of(&offer.reward_id, number) {
            Some(index) => {
                // A unit that a failed line still holds stays its own.
                let held = self.lines[index].held.take();
                self.lines[index] = Line { held: line.held.clone().or(held), ..line };
                index
            }
            None => {
                self.lines.push(line);
                self.lines.len() - 1
            }
        }
    }

    fn place_of(&self, reward: &RewardId, number: u32) -> Option<usize> {
        self.lines.iter().position(|line| line.reward_id == *reward && line.number == number)
    }

    fn change(&mut self, line: usize, to: Status, at: Timestamp, by: Option<UserId>, note: Option<String>) {
        self.lines[line].status = to;
        self.history.push(Change { at, line, to, by, note });
        if self.history.len() > HISTORY_MAX {
            self.history.remove(0);
        }
    }

    /// The changes that came after those that `before`, an earlier version, knew. Two may be equal in
    /// everything: the same request, sent twice at once, can fail twice in one millisecond.
    pub fn changes_since(&self, before: Option<&Self>) -> &[Change] {
        let known = before.map_or(&[][..], |before| &before.history);
        // What `before` knew is still there, except for the oldest that had to go.
        let gone = (0..=known.len()).find(|gone| self.history.starts_with(&known[*gone..]));
        &self.history[known.len() - gone.unwrap_or(known.len())..]
    }

    /// The same claim as its next version.
    #[must_use]
    pub fn next(mut self) -> Self {
        self.version += 1;
        self
    }
}

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
