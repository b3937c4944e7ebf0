//! Storage of reward definitions.

use domain::ids::RewardId;
use domain::rewards::Reward;
use domain::{BusyReason, Error, Result};

use crate::author::{SealedEntity, with_trail};
use crate::item::{Updated, attributes, entity};
use crate::keys::ListKey;
use crate::keys::{Key, n};
use crate::list::{List, ListPosition, ListRange};
use crate::schema::{REWARDS, Table};
use crate::update::ConditionalUpdate;
use crate::{Entity, Saved, Store, TryResult, retry};

impl Entity for Reward {
    const TABLE: &'static Table = &REWARDS;

    fn key(&self) -> Key {
        key(&self.id)
    }

    fn list_key(&self) -> Option<ListKey> {
        Some(catalogue().key(self.created_at, self.id.as_str()))
    }

    fn sealed(&self) -> Option<SealedEntity<Self>> {
        Some(SealedEntity::of(self))
    }
}

pub(crate) fn key(id: &RewardId) -> Key {
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

    /// Notes in the audit that an upload of `count` codes to the pool of `reward` begins. A repeat of the upload
    /// is noted again.
    pub async fn note_code_upload(&self, reward: Reward, count: u32) -> Result<()> {
        let attempt = async |found: Reward| {
            let next = Reward {
                code_uploads: found.code_uploads.saturating_add(1),
                codes_offered: found.codes_offered.saturating_add(count),
                ..found.clone()
            };
            let sealed = SealedEntity::of(&next);
            let mut written = attributes(&sealed.item)?;
            let (condition, head) = with_trail("attribute_exists(pk)".to_owned(), Some(&sealed));
            let set = "SET code_uploads = :uploads, codes_offered = :codes, trail = :trail";
            let mut change = ConditionalUpdate::new(set, condition)
                .value(":uploads", n(next.code_uploads))
                .value(":codes", n(next.codes_offered));
            let trail = written.remove("trail").ok_or_else(|| Error::internal("an upload has no entry"))?;
            change = change.value(":trail", trail.clone());
            if let Some(head) = head {
                change = change.value(":head", head);
            }
            Ok(match self.update(&REWARDS, &key(&found.id), change).await? {
                Updated::Done(_) => TryResult::Done(()),
                // An earlier try of this write succeeded.
                Updated::ConditionFailed(Some(there)) if there.get("trail") == Some(&trail) => {
                    TryResult::Done(())
                }
                Updated::ConditionFailed(Some(there)) => TryResult::Conflict(entity(there)?),
                Updated::ConditionFailed(None) => return Err(Error::not_found("reward")),
            })
        };
        retry(BusyReason::Codes, reward, attempt).await
    }

    /// Lists rewards, newest first.
    pub async fn list_rewards(&self, part: &ListRange, limit: usize) -> Result<Vec<(ListPosition, Reward)>> {
        self.list(&catalogue(), part, limit).await
    }
}
