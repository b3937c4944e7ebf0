//! What clients asked for and were told.

use std::sync::{Mutex, PoisonError};

use domain::ids::{CampaignId, RewardId, UserId};

use super::world::Answer;

/// Everything that was said to clients in a run.
#[derive(Default)]
pub struct History(Mutex<Inner>);

#[derive(Default)]
struct Inner {
    claims: Vec<Claimed>,
    wrongs: Vec<String>,
    codes: Vec<String>,
    invitations: Vec<(UserId, UserId)>,
}

/// A request for a reward, or for all of a campaign, and what came back.
#[derive(Clone, Debug)]
pub struct Claimed {
    /// Who asked.
    pub user: UserId,
    /// In which campaign.
    pub campaign: CampaignId,
    /// For what; for everything when nothing is named.
    pub reward: Option<RewardId>,
    /// With which key.
    pub key: Option<String>,
    /// When it was sent.
    pub sent_ms: u64,
    /// When the answer came.
    pub came_ms: u64,
    /// The answer.
    pub answer: Answer,
}

impl History {
    /// A request for rewards was answered.
    pub fn claimed(&self, claimed: Claimed) {
        self.with(|inner| inner.claims.push(claimed));
    }

    /// Something came back that never may.
    pub fn wrong(&self, what: String) {
        self.with(|inner| inner.wrongs.push(what));
    }

    /// An operator was told that these codes are in the pool.
    pub fn codes_added(&self, codes: &[&str]) {
        self.with(|inner| inner.codes.extend(codes.iter().map(|code| (*code).to_owned())));
    }

    /// `inviter` was named by `invited`, who was told that the registration is done.
    pub fn invited(&self, inviter: &UserId, invited: &UserId) {
        self.with(|inner| inner.invitations.push((inviter.clone(), invited.clone())));
    }

    /// The requests for rewards.
    pub fn claims(&self) -> Vec<Claimed> {
        self.with(|inner| inner.claims.clone())
    }

    /// What never may come back and did.
    pub fn wrongs(&self) -> Vec<String> {
        self.with(|inner| inner.wrongs.clone())
    }

    /// Codes that operators were told are in the pool.
    pub fn codes(&self) -> Vec<String> {
        self.with(|inner| inner.codes.clone())
    }

    /// Who invited whom.
    pub fn invitations(&self) -> Vec<(UserId, UserId)> {
        self.with(|inner| inner.invitations.clone())
    }

    fn with<T>(&self, act: impl FnOnce(&mut Inner) -> T) -> T {
        act(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
