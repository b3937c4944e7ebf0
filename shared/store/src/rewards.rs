//! Storage of reward definitions.

use domain::ids::RewardId;
use domain::rewards::Reward;
use domain::{Error, Result};

use crate::keys::Key;
use crate::keys::ListKey;
use crate::list::{List, ListPosition, ListRange};
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
    List::single_shard("REWARDS")
}

impl Store {
    /// Reads a reward, strongly consistent.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn get_reward(&self, id: &RewardId) -> Result<Reward> {
        self.get_reward_if_exists(id).await?.ok_or_else(|| Error::not_found("reward"))
    }

    /// Reads a reward, strongly consistent. Returns `None` when it does not exist.
    pub async fn get_reward_if_exists(&self, id: &RewardId) -> Result<Option<Reward>> {
        self.get(&key(id)).await
    }

    /// Writes a new reward. Returns `Saved::Conflict` with the reward that has this id already.
    pub async fn create_reward(&self, reward: &Reward) -> Result<Saved<Reward>> {
        self.create(reward).await
    }

    /// Lists rewards, newest first.
    pub async fn list_rewards(&self, part: &ListRange, limit: usize) -> Result<Vec<(ListPosition, Reward)>> {
        self.list(&catalogue(), part, limit).await
    }
}
