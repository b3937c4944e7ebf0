//! Campaigns and what they offer: one partition a campaign, read whole.

use std::sync::Arc;

use domain::campaigns::Campaign;
use domain::ids::{CampaignId, RewardId};
use domain::rewards::Offer;
use domain::{Error, Result, Timestamp};

use crate::item::{Range, entity};
use crate::keys::Key;
use crate::list::{List, ListKey, Part, Position};
use crate::schema::{REWARDS, Table};
use crate::{Entity, Saved, Store};

/// How old the campaign may be that a claim is decided by.
const FRESH_FOR_MS: i64 = 1000;

/// A campaign with everything that it offers.
#[derive(Clone, Debug, PartialEq)]
pub struct CampaignWithOffers {
    /// The campaign.
    pub campaign: Campaign,
    /// Its offers, by the id of the reward.
    pub offers: Vec<Offer>,
    /// Offers that were taken out.
    pub removed: Vec<Offer>,
}

impl CampaignWithOffers {
    /// Returns every offer, those that were taken out included.
    pub fn all_offers(&self) -> impl Iterator<Item = &Offer> {
        self.offers.iter().chain(&self.removed)
    }

    /// The offer of `reward`.
    ///
    /// # Errors
    /// `NOT_FOUND` when the campaign does not offer it.
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
        Key::new(partition(&self.id), "CAMPAIGN")
    }

    fn list_key(&self) -> Option<ListKey> {
        (!self.deleted).then(|| campaigns().key(self.created_at, self.id.as_str()))
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
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
}

fn partition(campaign: &CampaignId) -> String {
    format!("CAMPAIGN#{campaign}")
}

fn offer_key(campaign: &CampaignId, reward: &RewardId) -> Key {
    Key::new(partition(campaign), format!("OFFER#{reward}"))
}

/// Only operators write to it, a few times a day.
fn campaigns() -> List {
    List::quiet("CAMPAIGNS")
}

impl Store {
    /// A campaign as it is.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none, or it was deleted.
    pub async fn campaign(&self, id: &CampaignId) -> Result<Campaign> {
        self.find_campaign(id)
            .await?
            .filter(|campaign| !campaign.deleted)
            .ok_or_else(|| Error::not_found("event"))
    }

    /// Returns a campaign as it is, even one that was deleted.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn find_campaign(&self, id: &CampaignId) -> Result<Option<Campaign>> {
        self.get(&Key::new(partition(id), "CAMPAIGN")).await
    }

    /// A campaign with its offers, at most a second old: one read a second for each function instance.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none, or it was deleted.
    pub async fn recent_campaign(&self, id: &CampaignId, now: Timestamp) -> Result<Arc<CampaignWithOffers>> {
        let read = || self.read_campaign(id, false);
        let found = self.recent.campaigns.get_or_read(id, now, FRESH_FOR_MS, read).await?;
        found.filter(|found| !found.campaign.deleted).ok_or_else(|| Error::not_found("event"))
    }

    /// A campaign with its offers as they are.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none, or it was deleted.
    pub async fn campaign_with_offers(&self, id: &CampaignId) -> Result<CampaignWithOffers> {
        let found = self.find_campaign_with_offers(id).await?;
        found.filter(|found| !found.campaign.deleted).ok_or_else(|| Error::not_found("event"))
    }

    /// Returns a campaign with its offers as they are, even one that was deleted.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn find_campaign_with_offers(&self, id: &CampaignId) -> Result<Option<CampaignWithOffers>> {
        self.read_campaign(id, true).await
    }

    async fn read_campaign(&self, id: &CampaignId, consistent: bool) -> Result<Option<CampaignWithOffers>> {
        let pk = partition(id);
        let items = self.query_attributes(&REWARDS, &Range { consistent, ..Range::of(&pk, "") }).await?;
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

    /// Writes a new campaign. `Saved::Other` is the one that has this id already.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn create_campaign(&self, campaign: &Campaign) -> Result<Saved<Campaign>> {
        self.create(campaign).await
    }

    /// Writes the next version of a campaign.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn save_campaign(&self, campaign: &Campaign) -> Result<Saved<Campaign>> {
        let saved = self.save(campaign).await;
        self.recent.campaigns.forget(&campaign.id);
        saved
    }

    /// Campaigns, newest first.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn list_campaigns(&self, part: &Part, limit: usize) -> Result<Vec<(Position, Campaign)>> {
        self.list(&campaigns(), part, limit).await
    }

    /// The offer of `reward` in `campaign`, as it is, even one that was removed.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn find_offer(&self, campaign: &CampaignId, reward: &RewardId) -> Result<Option<Offer>> {
        self.get(&offer_key(campaign, reward)).await
    }

    /// The offer of `reward` in `campaign`, as it is.
    ///
    /// # Errors
    /// `NOT_FOUND` when the campaign does not offer it.
    pub async fn offer(&self, campaign: &CampaignId, reward: &RewardId) -> Result<Offer> {
        let found = self.find_offer(campaign, reward).await?;
        found.filter(|offer| !offer.removed).ok_or_else(|| Error::not_found("reward of this event"))
    }

    /// Writes an offer: a new one as version 1, or the next version.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn save_offer(&self, offer: &Offer) -> Result<Saved<Offer>> {
        let saved = self.save(offer).await;
        self.recent.campaigns.forget(&offer.campaign_id);
        saved
    }
}
