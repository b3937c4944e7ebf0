//! Claims, one item for each user and campaign.

use domain::claims::{Change, Claim};
use domain::ids::{CampaignId, UserId};
use domain::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::item::{Range, entity};
use crate::keys::Key;
use crate::list::{List, ListKey, Part, Position};
use crate::points::user_partition;
use crate::schema::{REWARDS, Table};
use crate::transaction::{Committed, Verdict};
use crate::{Entity, Saved, Store};

/// A decision about a line that a newer one has replaced: kept beside its claim, for ever.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacedDecision {
    /// The user of the claim.
    pub user_id: UserId,
    /// The campaign of the claim.
    pub campaign_id: CampaignId,
    /// The decision.
    pub change: Change,
}

impl Entity for ReplacedDecision {
    const TABLE: &'static Table = &REWARDS;

    /// In the claim's partition, in the order in which the decisions were made. Those of the version before,
    /// which do not know their version, come first.
    fn key(&self) -> Key {
        let Change { version, at, line, .. } = &self.change;
        let place = format!("{version:012}#{:014}#{line:03}", at.as_millis());
        Key::new(user_partition(&self.user_id), format!("{}{place}", decisions_of(&self.campaign_id)))
    }
}

fn decisions_of(campaign: &CampaignId) -> String {
    format!("DECISION#{campaign}#")
}

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

    /// Writes the next version of a claim, and with it the decisions that newer ones have replaced.
    /// `Saved::Other` is what is there instead.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn save_claim(&self, claim: &Claim) -> Result<Saved<Claim>> {
        if claim.replaced_decisions.is_empty() {
            return self.save(claim).await;
        }
        let mut transaction = self.transaction().save(claim)?;
        for change in &claim.replaced_decisions {
            let (user_id, campaign_id) = (claim.user_id.clone(), claim.campaign_id.clone());
            let decision = ReplacedDecision { user_id, campaign_id, change: change.clone() };
            transaction = transaction.create(&decision)?;
        }
        match transaction.commit().await? {
            Committed::Done => Ok(Saved::Done),
            Committed::Refused(verdicts) => match verdicts.into_iter().next() {
                Some(Verdict::Mine) => Ok(Saved::Done),
                Some(Verdict::Failed(found)) => {
                    Ok(Saved::Other(found.map(entity).transpose()?.map(Box::new)))
                }
                Some(Verdict::Passed) | None => {
                    Err(Error::internal("a decision is kept already that was not replaced"))
                }
            },
        }
    }

    /// Decisions about a claim that newer ones have replaced, newest first, before `before`, each with its place
    /// in the order.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn replaced_decisions(
        &self,
        user: &UserId,
        campaign: &CampaignId,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, Change)>> {
        let (pk, prefix) = (user_partition(user), decisions_of(campaign));
        let after = before.map(|place| format!("{prefix}{place}"));
        let range = Range { after: after.as_deref(), limit, backward: true, ..Range::of(&pk, &prefix) };
        let decisions: Vec<ReplacedDecision> = self.query(range).await?;
        let place = |decision: &ReplacedDecision| decision.key().sk[prefix.len()..].to_owned();
        Ok(decisions.into_iter().map(|decision| (place(&decision), decision.change)).collect())
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
