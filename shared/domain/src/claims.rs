//! Claims: rewards that a user requested in a campaign, with their grants and their audit.
//!
//! A claim is one DynamoDB item. The functions here compute its next version from the version that was read.
//! The store writes it on condition that the version is unchanged; on a conflict the same function runs again
//! on the current claim. A function that may meet its own earlier success therefore checks first whether its
//! change is already applied.

mod changes;
mod conditions;
mod decisions;
mod grants;
mod lines;
mod size;
#[cfg(test)]
mod tests;

pub use changes::{ClaimChange, ClaimChangeKind};
pub use conditions::{ConditionReference, EvaluatedCondition};
pub use decisions::{ReviewDecision, ReviewVerdict};
pub use grants::{GrantAttempt, GrantOutcome};
pub use lines::{EARLIER_KEYS_MAX, Evidence, FulfilmentAttempt, HeldUnit, LineItem, LineName, LineStatus};
pub use size::{CLAIM_BYTES_MAX, ClaimSize, LINE_BYTES};

use serde::{Deserialize, Serialize};

use crate::campaigns::Review;
use crate::ids::{CampaignId, Nonce, RewardId, UserId};
use crate::rewards::Offer;
use crate::time::millis;
use crate::trail::Trail;
use crate::{Code, Error, Result, Timestamp};

/// Maximum number of line items per claim. A DynamoDB item is limited to 400 KB.
pub const LINES_MAX: usize = 50;

/// Maximum number of random numbers of earlier requests that a claim keeps. So few suffice, because the SDK
/// repeats a write within a second.
const EARLIER_NONCES_MAX: usize = 2;

/// Rewards that one user requested in one campaign.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Claim {
    /// User who made the claim.
    pub user_id: UserId,
    /// Campaign of the claim.
    pub campaign_id: CampaignId,
    /// Time of the first request.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Line items, one for each reward and each time that the user requested it.
    pub lines: Vec<LineItem>,
    /// Evaluated conditions of the lines, each distinct condition once, the newest evaluation last.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub conditions: Vec<EvaluatedCondition>,
    /// Audit: the newest change of each kind and line item, oldest first. Replaced decisions are separate
    /// items.
    pub history: Vec<ClaimChange>,
    /// Decisions that the next write of the claim moves into separate items.
    #[serde(skip)]
    pub replaced_decisions: Vec<ClaimChange>,
    /// Random number of the latest request of the user that wrote the claim. By it a request recognizes its
    /// own write, even beside another request that wrote equal content in the same millisecond.
    #[serde(rename = "chance", default)]
    pub nonce: Nonce,
    /// Random numbers of the user's requests that wrote the claim before, oldest first, at most
    /// [`EARLIER_NONCES_MAX`].
    #[serde(rename = "earlier_chances", default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_nonces: Vec<Nonce>,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
    /// Head of the chain of audit entries.
    #[serde(default, skip_serializing_if = "Trail::is_empty")]
    pub trail: Trail,
}

/// Meaning of a request for a reward, given the current claim.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimOutcome {
    /// A request with this idempotency key was already accepted. Its result is the line item at this index,
    /// in its current status.
    Repeat(usize),
    /// The line item at this index has failed, but its reward may have been handed over. It is granted again
    /// unchanged, without another check of condition and stock.
    Retry(usize),
    /// The request is for a line item with this number: a new one, or a failed one that is requested again.
    /// Condition and stock must be checked.
    Number(u32),
}

impl Claim {
    /// Creates a claim without line items, at version 0.
    pub fn new(user_id: UserId, campaign_id: CampaignId, now: Timestamp) -> Self {
        let (lines, history, replaced_decisions) = (Vec::new(), Vec::new(), Vec::new());
        Self {
            trail: Trail::default(),
            user_id,
            campaign_id,
            created_at: now,
            lines,
            conditions: Vec::new(),
            history,
            replaced_decisions,
            nonce: Nonce::NONE,
            earlier_nonces: Vec::new(),
            version: 0,
        }
    }

    /// Returns the id of the claim of `user` in `campaign`.
    pub fn id_of(user: &UserId, campaign: &CampaignId) -> String {
        format!("{user}:{campaign}")
    }

    /// Returns the id of the claim.
    pub fn id(&self) -> String {
        Self::id_of(&self.user_id, &self.campaign_id)
    }

    /// Splits a claim id into user and campaign. Returns `None` if it is not a claim id.
    pub fn parse_id(id: &str) -> Option<(UserId, CampaignId)> {
        let (user, campaign) = id.split_once(':')?;
        Some((UserId::parse(user)?, CampaignId::parse(campaign)?))
    }

    /// Decides what a request for `offer` with the idempotency key `key` means for the claim.
    ///
    /// A failed line item is requested again under its own number. Line items that are in flight, granted or
    /// rejected count against the limit per user.
    ///
    /// # Errors
    /// `ALREADY_REQUESTED` if the limit per user or [`LINES_MAX`] is reached.
    pub fn ask(&self, offer: &Offer, key: Option<&str>) -> Result<ClaimOutcome> {
        let mine = || self.lines.iter().enumerate().filter(|(_, line)| line.reward_id == offer.reward_id);
        if let Some(key) = key
            && let Some((index, _)) =
                mine().find(|(index, line)| line.has_key(key) && !self.was_refused(*index))
        {
            return Ok(ClaimOutcome::Repeat(index));
        }
        if let Some((index, failed)) = mine().find(|(_, line)| line.is_failed()) {
            let retry = self.may_have_acted(index);
            return Ok(if retry { ClaimOutcome::Retry(index) } else { ClaimOutcome::Number(failed.number) });
        }
        let taken = u32::try_from(mine().count()).unwrap_or(u32::MAX);
        if taken >= offer.per_user_limit || self.lines.len() >= LINES_MAX {
            return Err(Error::refused(Code::AlreadyRequested, "You have requested this reward as often as allowed; GET /events/requests/mine shows your requests.")
                .with_details(serde_json::json!({"claim_id": self.id(), "limit": offer.per_user_limit})));
        }
        Ok(ClaimOutcome::Number(taken + 1))
    }

    /// Returns `true` if the `Idempotency-Key` of line item `index` belongs to a request that was refused. An
    /// older version of dibs stored such keys too. A repeat of a refused request must be decided anew.
    fn was_refused(&self, index: usize) -> bool {
        let asked = self.newest(index, ClaimChange::is_by_request);
        asked.is_some_and(|change| change.kind() == ClaimChangeKind::FailedRequest && change.version == 0)
    }

    /// Records line item `number` of `offer` as accepted and returns its index. The status is `Requested`, or
    /// `InReview` with a manual review.
    ///
    /// A line item whose grant was given up is not reviewed a second time. One that the fulfilment service
    /// may have handed over is retried unchanged.
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
            Review::Manual if !given_up => LineStatus::InReview,
            Review::Manual | Review::Auto => LineStatus::Requested,
        };
        let key = evidence.key.clone();
        let index = self.enter(offer, number, evidence);
        self.key(index, key);
        self.change(index, status, now, Some(self.user_id.clone()), None);
        index
    }

    /// Sets the failed line item `index`, whose reward may have been handed over, to `Requested`, so that a
    /// worker grants it again unchanged. Stores `key` as the idempotency key of the request.
    pub fn retry(&mut self, index: usize, key: Option<String>, now: Timestamp) {
        self.key(index, key);
        self.ensure_attempt_record(index);
        self.change(index, LineStatus::Requested, now, Some(self.user_id.clone()), None);
    }

    /// Records line item `number` of `offer` as failed for `reason`, so that it can be requested again. Does
    /// nothing if its reward may have been handed over.
    pub fn refuse(&mut self, offer: &Offer, number: u32, reason: Code, evidence: Evidence, now: Timestamp) {
        let known = self.place_of(&offer.reward_id, number);
        if known.is_some_and(|index| self.may_have_acted(index)) {
            return;
        }
        let by = Some(self.user_id.clone());
        let index = self.enter(offer, number, evidence);
        self.change(index, LineStatus::Failed, now, by, Some(reason.as_str().to_owned()));
    }

    /// Returns `true` if the claim has line items and all are granted.
    pub fn fully_granted(&self) -> bool {
        !self.lines.is_empty() && self.lines.iter().all(|line| line.status == LineStatus::Granted)
    }

    /// Returns `true` if a line item waits for a worker to grant it.
    pub fn has_work(&self) -> bool {
        self.lines.iter().any(|line| line.status.is_to_grant())
    }

    /// Returns the status of the claim: the least advanced status of its line items, or `Failed` if it has
    /// none.
    pub fn status(&self) -> LineStatus {
        self.lines.iter().map(|line| line.status).min().unwrap_or(LineStatus::Failed)
    }

    fn enter(&mut self, offer: &Offer, number: u32, mut evidence: Evidence) -> usize {
        let evaluated = evidence.evaluation.take();
        let index = self.enter_line(LineItem::new(offer, number, evidence));
        self.evaluate(index, evaluated);
        index
    }

    fn enter_line(&mut self, line: LineItem) -> usize {
        let Some(index) = self.place_of(&line.reward_id, line.number) else {
            self.lines.push(line);
            return self.lines.len() - 1;
        };
        let was_refused = self.was_refused(index);
        let before = self.lines[index].clone();
        self.lines[index] = LineItem {
            // A failed line item keeps the unit that it still holds.
            held: line.held.clone().or(before.held),
            key: before.key.filter(|_| !was_refused),
            earlier_keys: before.earlier_keys,
            ..line
        };
        index
    }

    /// Moves `key` to line item `index`. A key belongs to at most one line item of a reward.
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

    /// Returns the claim with its version raised by one.
    #[must_use]
    pub fn next(mut self) -> Self {
        self.version += 1;
        self
    }

    /// Returns the claim with its version raised by one, as the user's request with the random number
    /// `request` writes it. Writes of workers and operators use [`Claim::next`] and keep the number.
    #[must_use]
    pub fn next_by(mut self, request: Nonce) -> Self {
        let before = std::mem::replace(&mut self.nonce, request);
        self.earlier_nonces.extend(Some(before).filter(|before| !before.is_none()));
        let surplus = self.earlier_nonces.len().saturating_sub(EARLIER_NONCES_MAX);
        self.earlier_nonces.drain(..surplus);
        self.next()
    }

    /// Returns `true` if the user's request with this random number has written the claim and at most two
    /// further requests of the user have since. Writes of workers and operators do not count.
    pub fn is_written_by(&self, request: Nonce) -> bool {
        self.nonce == request || self.earlier_nonces.contains(&request)
    }

    /// Returns `true` if the version `written`, in which an operator decided, was stored before this one: the
    /// newest decision about each line item that it decided is still the one in `written`. `false` if
    /// `written` contains no decision of its own.
    pub fn has_decisions_of(&self, written: &Self) -> bool {
        let is_new = |change: &&ClaimChange| {
            change.kind() == ClaimChangeKind::Decision && change.version == written.version
        };
        let mut new = written.history.iter().filter(is_new).peekable();
        new.peek().is_some() && new.all(|change| self.decision(change.line) == Some(change))
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u64) -> bool {
    *number == 0
}
