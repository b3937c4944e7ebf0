//! The catalogue of rewards.

use domain::ids::RewardId;
use domain::rewards::Reward;
use domain::{Error, Result};

use crate::keys::Key;
use crate::list::{List, ListKey, Part, Position};
use crate::schema::{REWARDS, Table};
use crate::{Entity, Saved, Store};

impl Entity for Reward {
    const TABLE: &'static Table = &REWARDS;

    fn key(&self) -> Key {
        key(&self.id)
    }

    fn list_key(&self) -> Option<ListKey> {
        Some(catalogue().key(self.created_at, self.id.as_str()))
    }
}

fn key(id: &RewardId) -> Key {
    Key::new(format!("REWARD#{id}"), "REWARD")
}

fn catalogue() -> List {
    List::quiet("REWARDS")
}

impl Store {
    /// A reward as it is.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none.
    pub async fn reward(&self, id: &RewardId) -> Result<Reward> {
        self.find_reward(id).await?.ok_or_else(|| Error::not_found("reward"))
    }

    /// Returns a reward as it is, if there is one.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn find_reward(&self, id: &RewardId) -> Result<Option<Reward>> {
        self.get(&key(id)).await
    }

    /// Writes a new reward. `Saved::Other` is the one that has this id already.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn create_reward(&self, reward: &Reward) -> Result<Saved<Reward>> {
        self.create(reward).await
    }

    /// Rewards, newest first.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn list_rewards(&self, part: &Part, limit: usize) -> Result<Vec<(Position, Reward)>> {
        self.list(&catalogue(), part, limit).await
    }
}
