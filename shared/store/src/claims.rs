//! Claims, one item for each user and campaign.

use domain::claims::Claim;
use domain::ids::{CampaignId, UserId};
use domain::{Error, Result};

use crate::item::Range;
use crate::keys::Key;
use crate::list::{List, ListKey, Part, Position};
use crate::points::user_partition;
use crate::schema::{REWARDS, Table};
use crate::{Entity, Saved, Store};

impl Entity for Claim {
    const TABLE: &'static Table = &REWARDS;

    fn key(&self) -> Key {
        claim_key(&self.user_id, &self.campaign_id)
    }

    fn list_key(&self) -> Option<ListKey> {
        Some(claims_of(&self.campaign_id).key(self.created_at, self.user_id.as_str()))
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }
}

/// The key of the claim of `user` in `campaign`.
pub(crate) fn claim_key(user: &UserId, campaign: &CampaignId) -> Key {
    Key::new(user_partition(user), format!("CLAIM#{campaign}"))
}

fn claims_of(campaign: &CampaignId) -> List {
    List::busy(format!("CLAIMS#{campaign}"))
}

impl Store {
    /// A claim as it is.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none.
    pub async fn claim(&self, user: &UserId, campaign: &CampaignId) -> Result<Claim> {
        self.find_claim(user, campaign).await?.ok_or_else(|| Error::not_found("request"))
    }

    /// A claim as it is, if there is one.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn find_claim(&self, user: &UserId, campaign: &CampaignId) -> Result<Option<Claim>> {
        self.get(&claim_key(user, campaign)).await
    }

    /// A claim as it was within the last second or so: enough to start from where a write decides.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn peek_claim(&self, user: &UserId, campaign: &CampaignId) -> Result<Option<Claim>> {
        self.peek(&claim_key(user, campaign)).await
    }

    /// Writes the next version of a claim. `Saved::Other` is what is there instead.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn save_claim(&self, claim: &Claim) -> Result<Saved<Claim>> {
        self.save(claim).await
    }

    /// The claims of a user, in the order of campaigns, behind `after`.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn claims_of(
        &self,
        user: &UserId,
        after: Option<&CampaignId>,
        limit: usize,
    ) -> Result<Vec<Claim>> {
        let (pk, after) = (user_partition(user), after.map(|campaign| format!("CLAIM#{campaign}")));
        self.query(Range { after: after.as_deref(), limit, ..Range::of(&pk, "CLAIM#") }).await
    }

    /// The claims of a campaign, newest first.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn list_claims(
        &self,
        campaign: &CampaignId,
        part: &Part,
        limit: usize,
    ) -> Result<Vec<(Position, Claim)>> {
        self.list(&claims_of(campaign), part, limit).await
    }
}
