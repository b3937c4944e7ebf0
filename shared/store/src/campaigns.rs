//! Storage of events (`Campaign`) and their event rewards (`Offer`). One partition holds an event with its
//! rewards and is read as a whole.

use std::sync::Arc;

use domain::campaigns::Campaign;
use domain::ids::{CampaignId, RewardId};
use domain::rewards::Offer;
use domain::{Error, Result, Timestamp};

use crate::author::SealedEntity;
use crate::item::{PartitionRange, entity};
use crate::keys::Key;
use crate::keys::ListKey;
use crate::list::{List, ListPosition, ListRange};
use crate::schema::{REWARDS, Table};
use crate::transaction::{Committed, WriteVerdict};
use crate::{Entity, Saved, Store};

/// Maximum age, in milliseconds, of a cached event that decides whether a reward request is accepted.
const FRESH_FOR_MS: i64 = 1000;

/// An event (`Campaign`) with all its event rewards (`Offer`).
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignWithOffers {
    /// Event, as stored without its rewards.
    pub campaign: Campaign,
    /// Current event rewards, by the id of the reward.
    pub offers: Vec<Offer>,
    /// Event rewards that were removed from the event.
    pub removed: Vec<Offer>,
}

impl CampaignWithOffers {
    /// Returns all event rewards, including removed ones.
    pub fn all_offers(&self) -> impl Iterator<Item = &Offer> {
        self.offers.iter().chain(&self.removed)
    }

    /// Returns the event reward for `reward`.
    ///
    /// # Errors
    /// `NOT_FOUND` when the event has no such reward, or it was removed.
    pub fn offer(&self, reward: &RewardId) -> Result<&Offer> {
        self.offers
            .iter()
            .find(|offer| offer.reward_id == *reward)
            .ok_or_else(|| Error::not_found("reward of this event"))
    }
}

impl Entity for Campaign {
    const TABLE: &'static Table = &REWARDS;

    fn key(&self) -> Key {
        campaign_key(&self.id)
    }

    fn list_key(&self) -> Option<ListKey> {
        (!self.deleted).then(|| campaigns().key(self.created_at, self.id.as_str()))
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn sealed(&self) -> Option<SealedEntity<Self>> {
        Some(SealedEntity::of(self))
    }
}

impl Entity for Offer {
    const TABLE: &'static Table = &REWARDS;

    fn key(&self) -> Key {
        offer_key(&self.campaign_id, &self.reward_id)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn sealed(&self) -> Option<SealedEntity<Self>> {
        Some(SealedEntity::of(self))
    }
}

pub(crate) fn campaign_key(campaign: &CampaignId) -> Key {
    Key::new(partition(campaign), "CAMPAIGN")
}

fn partition(campaign: &CampaignId) -> String {
    format!("CAMPAIGN#{campaign}")
}

pub(crate) fn offer_key(campaign: &CampaignId, reward: &RewardId) -> Key {
    Key::new(partition(campaign), format!("OFFER#{reward}"))
}

/// Returns the list of events. Only operators write to it, so one shard suffices.
fn campaigns() -> List {
    List::single_shard("CAMPAIGNS")
}

impl Store {
    /// Reads an event, strongly consistent.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist or is deleted.
    pub async fn get_campaign(&self, id: &CampaignId) -> Result<Campaign> {
        self.get_campaign_if_exists(id)
            .await?
            .filter(|campaign| !campaign.deleted)
            .ok_or_else(|| Error::not_found("event"))
    }

    /// Reads an event, strongly consistent, even if it is deleted. Returns `None` when it does not exist.
    pub async fn get_campaign_if_exists(&self, id: &CampaignId) -> Result<Option<Campaign>> {
        self.get(&Key::new(partition(id), "CAMPAIGN")).await
    }

    /// Returns an event with its event rewards from the cache, at most a second old. An instance reads it
    /// about once a second.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist or is deleted.
    pub async fn get_campaign_cached(
        &self,
        id: &CampaignId,
        now: Timestamp,
    ) -> Result<Arc<CampaignWithOffers>> {
        let read = || self.read_campaign(id, false);
        let found = self.cache.campaigns.get_or_read(id, now, FRESH_FOR_MS, read).await?;
        found.filter(|found| !found.campaign.deleted).ok_or_else(|| Error::not_found("event"))
    }

    /// Reads an event with its event rewards, strongly consistent.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist or is deleted.
    pub async fn get_campaign_with_offers(&self, id: &CampaignId) -> Result<CampaignWithOffers> {
        let found = self.get_campaign_with_offers_if_exists(id).await?;
        found.filter(|found| !found.campaign.deleted).ok_or_else(|| Error::not_found("event"))
    }

    /// Reads an event with its event rewards, strongly consistent, even if it is deleted. Returns `None` when
    /// it does not exist.
    pub async fn get_campaign_with_offers_if_exists(
        &self,
        id: &CampaignId,
    ) -> Result<Option<CampaignWithOffers>> {
        self.read_campaign(id, true).await
    }

    async fn read_campaign(&self, id: &CampaignId, consistent: bool) -> Result<Option<CampaignWithOffers>> {
        let pk = partition(id);
        let items = self
            .query_attributes(&REWARDS, &PartitionRange { consistent, ..PartitionRange::of(&pk, "") })
            .await?;
        let (mut campaign, mut offers) = (None, Vec::new());
        for item in items {
            match Key::of(&item) {
                Some(key) if key.sk == "CAMPAIGN" => campaign = Some(entity::<Campaign>(item)?),
                _ => offers.push(entity::<Offer>(item)?),
            }
        }
        let (removed, offers) = offers.into_iter().partition(|offer| offer.removed);
        Ok(campaign.map(|campaign| CampaignWithOffers { campaign, offers, removed }))
    }

    /// Writes a new event. Returns `Saved::Conflict` with the event that has this id already.
    pub async fn create_campaign(&self, campaign: &Campaign) -> Result<Saved<Campaign>> {
        self.create(campaign).await
    }

    /// Writes the next version of an event and removes it from this instance's cache. Returns
    /// `Saved::Conflict` with the stored one when another write came first.
    pub async fn save_campaign(&self, campaign: &Campaign) -> Result<Saved<Campaign>> {
        let saved = self.save(campaign).await;
        self.cache.campaigns.forget(&campaign.id);
        saved
    }

    /// Lists events that are not deleted, newest first.
    pub async fn list_campaigns(
        &self,
        part: &ListRange,
        limit: usize,
    ) -> Result<Vec<(ListPosition, Campaign)>> {
        self.list(&campaigns(), part, limit).await
    }

    /// Reads the event reward for `reward`, strongly consistent, even if it was removed. Returns `None` when
    /// the event never had it.
    pub async fn get_offer_if_exists(
        &self,
        campaign: &CampaignId,
        reward: &RewardId,
    ) -> Result<Option<Offer>> {
        self.get(&offer_key(campaign, reward)).await
    }

    /// Reads the event reward for `reward`, strongly consistent.
    ///
    /// # Errors
    /// `NOT_FOUND` when the event has no such reward, or it was removed.
    pub async fn get_offer(&self, campaign: &CampaignId, reward: &RewardId) -> Result<Offer> {
        let found = self.get_offer_if_exists(campaign, reward).await?;
        found.filter(|offer| !offer.removed).ok_or_else(|| Error::not_found("reward of this event"))
    }

    /// Writes an event reward as [`Self::save_offer`] does, together with the next version of its event.
    /// Returns `false`, with nothing written, when another write changed the event or this event reward after
    /// it was read.
    pub async fn save_offer_in(&self, campaign: &Campaign, offer: &Offer) -> Result<bool> {
        let transaction = self.transaction();
        let transaction =
            if offer.version == 1 { transaction.create(offer)? } else { transaction.save(offer)? };
        let committed = transaction.save(campaign)?.commit().await;
        self.cache.campaigns.forget(&offer.campaign_id);
        Ok(match committed? {
            Committed::Done => true,
            Committed::Refused(verdicts) => matches!(verdicts.first(), Some(WriteVerdict::AlreadyApplied)),
        })
    }

    /// Writes an event reward, a new one as version 1 or the next version, and removes its event from this
    /// instance's cache. Returns `Saved::Conflict` with the stored one when another write came first.
    pub async fn save_offer(&self, offer: &Offer) -> Result<Saved<Offer>> {
        let saved = self.save(offer).await;
        self.cache.campaigns.forget(&offer.campaign_id);
        saved
    }
}
