//! Storage of claims, one item for each user and event, and of the decisions about them.

use domain::claims::{Claim, ClaimChange};
use domain::ids::{CampaignId, UserId};
use domain::{Error, Result};
use serde::{Deserialize, Serialize};

use crate::author::SealedEntity;
use crate::item::{PartitionRange, entity};
use crate::keys::Key;
use crate::keys::ListKey;
use crate::list::{List, ListPosition, ListRange};
use crate::points::user_partition;
use crate::schema::{REWARDS, Table};
use crate::transaction::{Committed, WriteVerdict};
use crate::{Entity, Saved, Store};

/// Decision about a line item that a newer decision has replaced. It is an item of its own in the claim's
/// partition, kept forever for the audit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplacedDecision {
    /// User who owns the claim.
    pub user_id: UserId,
    /// Event of the claim.
    pub campaign_id: CampaignId,
    /// Audit entry of the decision.
    pub change: ClaimChange,
}

impl Entity for ReplacedDecision {
    const TABLE: &'static Table = &REWARDS;

    /// Returns a key in the claim's partition that sorts decisions by time. Decisions by versions of dibs
    /// that did not record the claim's version have version 0 and sort first.
    fn key(&self) -> Key {
        let ClaimChange { version, at, line, .. } = &self.change;
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

    fn sealed(&self) -> Option<SealedEntity<Self>> {
        Some(SealedEntity::of(self))
    }
}

/// Returns the key of the claim of `user` in `campaign`.
pub(crate) fn claim_key(user: &UserId, campaign: &CampaignId) -> Key {
    Key::new(user_partition(user), format!("CLAIM#{campaign}"))
}

fn claims_of(campaign: &CampaignId) -> List {
    List::sharded(format!("CLAIMS#{campaign}"))
}

impl Store {
    /// Reads a claim, strongly consistent.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn get_claim(&self, user: &UserId, campaign: &CampaignId) -> Result<Claim> {
        self.get_claim_if_exists(user, campaign).await?.ok_or_else(|| Error::not_found("request"))
    }

    /// Reads a claim, strongly consistent. Returns `None` when it does not exist.
    pub async fn get_claim_if_exists(&self, user: &UserId, campaign: &CampaignId) -> Result<Option<Claim>> {
        self.get(&claim_key(user, campaign)).await
    }

    /// Reads a claim, eventually consistent. For callers whose later conditional write fails if the claim is
    /// outdated.
    pub async fn get_claim_eventual(&self, user: &UserId, campaign: &CampaignId) -> Result<Option<Claim>> {
        self.get_eventual(&claim_key(user, campaign)).await
    }

    /// Writes the next version of a claim and, in the same transaction, its `list_replaced_decisions` as
    /// items of their own. Returns `Saved::Conflict` with the stored claim when another write came first.
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
                Some(WriteVerdict::AlreadyApplied) => Ok(Saved::Done),
                Some(WriteVerdict::Failed(found)) => {
                    Ok(Saved::Conflict(found.map(entity).transpose()?.map(Box::new)))
                }
                Some(WriteVerdict::Passed) | None => {
                    Err(Error::internal("a decision is kept already that was not replaced"))
                }
            },
        }
    }

    /// Lists the replaced decisions about a claim, newest first, each with its sort position. `before` is the
    /// position of the last decision of the previous page; the list continues with the next older one.
    pub async fn list_replaced_decisions(
        &self,
        user: &UserId,
        campaign: &CampaignId,
        before: Option<&str>,
        limit: usize,
    ) -> Result<Vec<(String, ClaimChange)>> {
        let (pk, prefix) = (user_partition(user), decisions_of(campaign));
        let after = before.map(|place| format!("{prefix}{place}"));
        let range = PartitionRange {
            after: after.as_deref(),
            limit,
            backward: true,
            ..PartitionRange::of(&pk, &prefix)
        };
        let decisions: Vec<ReplacedDecision> = self.query(range).await?;
        let place = |decision: &ReplacedDecision| decision.key().sk[prefix.len()..].to_owned();
        Ok(decisions.into_iter().map(|decision| (place(&decision), decision.change)).collect())
    }

    /// Lists up to `limit` claims of a user in the order of event ids, after the event `after`, eventually
    /// consistent.
    pub async fn claims_of(
        &self,
        user: &UserId,
        after: Option<&CampaignId>,
        limit: usize,
    ) -> Result<Vec<Claim>> {
        let (pk, after) = (user_partition(user), after.map(|campaign| format!("CLAIM#{campaign}")));
        self.query(PartitionRange { after: after.as_deref(), limit, ..PartitionRange::of(&pk, "CLAIM#") })
            .await
    }

    /// Lists the claims of an event, newest first.
    pub async fn list_claims(
        &self,
        campaign: &CampaignId,
        part: &ListRange,
        limit: usize,
    ) -> Result<Vec<(ListPosition, Claim)>> {
        self.list(&claims_of(campaign), part, limit).await
    }
}
