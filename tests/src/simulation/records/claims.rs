//! Record of the claims with their responses, and of other facts that the clients know.

use std::sync::{Mutex, PoisonError};

use domain::ids::{CampaignId, RewardId, UserId};
use serde_json::Value;

use crate::simulation::world::Answer;

/// Claims, decisions, codes and invitations of a run, as the clients know them.
#[derive(Default)]
pub struct History(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    claims: Vec<Claimed>,
    violations: Vec<String>,
    codes: Vec<String>,
    invitations: Vec<(UserId, UserId)>,
    decisions: Vec<Decided>,
    unheard: Vec<(String, Value)>,
}

/// Decision about a claim that got a success.
#[derive(Clone, Debug)]
pub struct Decided {
    /// Id of the claim.
    pub claim: String,
    /// Operator who made the decision.
    pub by: UserId,
    /// Status that the operator chose: `approved` or `rejected`.
    pub status: &'static str,
    /// Reason that the operator gave.
    pub reason: String,
    /// Version of the claim that the decision named. `None` if it named none, or if another decision has the
    /// same reason.
    pub version: Option<u64>,
    /// Entries of the audit in the response.
    pub shown: Vec<Value>,
}

/// Claim of one reward or of all rewards of a campaign, with its response.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// User who sent the claim.
    pub user: UserId,
    /// Campaign of the claim.
    pub campaign: CampaignId,
    /// Reward of the claim. `None` for all rewards of the campaign.
    pub reward: Option<RewardId>,
    /// Idempotency key of the request.
    pub key: Option<String>,
    /// Time of sending, in milliseconds of the run.
    pub sent_ms: u64,
    /// Time of the response, in milliseconds of the run.
    pub came_ms: u64,
    /// Response to the claim.
    pub answer: Answer,
}

impl History {
    /// Records a claim and its response.
    pub fn claimed(&self, claimed: Claimed) {
        self.with(|inner| inner.claims.push(claimed));
    }

    /// Records a sentence about a response that is never valid.
    pub fn violation(&self, what: String) {
        self.with(|inner| inner.violations.push(what));
    }

    /// Records codes that a successful upload put into the pool.
    pub fn codes_added(&self, codes: &[String]) {
        self.with(|inner| inner.codes.extend_from_slice(codes));
    }

    /// Records the confirmed registration of `invited`, who gave the invite code of `inviter`.
    pub fn invited(&self, inviter: &UserId, invited: &UserId) {
        self.with(|inner| inner.invitations.push((inviter.clone(), invited.clone())));
    }

    /// Records a decision that got a success.
    pub fn decided(&self, decided: Decided) {
        self.with(|inner| inner.decisions.push(decided));
    }

    /// Records a change by staff whose response was lost or says nothing of the outcome, so that it may still
    /// be made.
    pub fn unheard(&self, path: &str, body: &Value) {
        self.with(|inner| inner.unheard.push((path.to_owned(), body.clone())));
    }

    /// Returns `true` if a change of `path` by `body` was sent whose outcome is unknown.
    pub fn is_unheard(&self, path: &str, body: &Value) -> bool {
        self.with(|inner| inner.unheard.iter().any(|(at, sent)| at == path && sent == body))
    }

    /// Returns the recorded decisions.
    pub fn decisions(&self) -> Vec<Decided> {
        self.with(|inner| inner.decisions.clone())
    }

    /// Returns the recorded claims.
    pub fn claims(&self) -> Vec<Claimed> {
        self.with(|inner| inner.claims.clone())
    }

    /// Returns the sentences about responses that are never valid.
    pub fn violations(&self) -> Vec<String> {
        self.with(|inner| inner.violations.clone())
    }

    /// Returns the codes that successful uploads put into the pool.
    pub fn codes(&self) -> Vec<String> {
        self.with(|inner| inner.codes.clone())
    }

    /// Returns the confirmed invitations, as the inviter and the invited user.
    pub fn invitations(&self) -> Vec<(UserId, UserId)> {
        self.with(|inner| inner.invitations.clone())
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
