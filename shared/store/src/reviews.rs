//! Storage of the operators' worklist: claims with a line item in review, oldest first.
//!
//! Each such claim has an entry, a small item of its own. The relay of the table's stream writes it when the
//! first line item enters review and deletes it when the last one leaves. The entries of one event are a
//! partition spread over shards; all entries together are a list in the index. A stale entry is harmless,
//! because readers check the claim. A missing one would hide a claim, so both writes are conditional on the
//! claim's version.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::claims::{Claim, LineStatus};
use domain::ids::{CampaignId, UserId};
use domain::{Result, Timestamp};
use futures::future::try_join_all;

use crate::Store;
use crate::claims::claim_key;
use crate::failure::accept_failed_condition;
use crate::failure::failed;
use crate::item::entity;
use crate::keys::ListKey;
use crate::keys::{Attributes, Key};
use crate::list::{List, ListPosition, position};
use crate::schema::{LIST_INDEX, REWARDS};

/// Range of the worklist to read, by the creation time of claims.
#[derive(Clone, Debug, Default)]
pub struct ReviewRange {
    /// Event to which claims belong; `None` for all events.
    pub campaign: Option<CampaignId>,
    /// Earliest creation time, inclusive.
    pub from: Option<Timestamp>,
    /// Latest creation time, exclusive.
    pub to: Option<Timestamp>,
    /// Last position of the previous page, exclusive.
    pub after: Option<ListPosition>,
}

/// Returns the worklist of all events.
fn all() -> List {
    List::sharded("REVIEWS")
}

/// Returns the worklist of one event.
fn of_campaign(campaign: &CampaignId) -> List {
    List::sharded(format!("REVIEWS#{campaign}"))
}

fn entry_key(claim: &Claim) -> Key {
    let ListKey { pk, sk } = of_campaign(&claim.campaign_id).key(claim.created_at, &claim.id());
    Key::new(pk, sk)
}

fn is_in_review(claim: &Claim) -> bool {
    claim.lines.iter().any(|line| line.status == LineStatus::InReview)
}

impl Store {
    /// Writes or deletes the worklist entry of a claim, as its change from `before` to `after` requires. A
    /// repeat changes nothing, even if the claim has changed since.
    pub async fn update_worklist(&self, before: Option<&Claim>, after: &Claim) -> Result<()> {
        match (before.is_some_and(is_in_review), is_in_review(after)) {
            (false, true) => self.add_to_worklist(after).await,
            (true, false) => self.remove_from_worklist(after).await,
            _ => Ok(()),
        }
    }

    /// Writes the worklist entry of `claim` if it is in review, and returns whether it is. An entry of a
    /// newer version stays.
    pub async fn index_review(&self, claim: &Claim) -> Result<bool> {
        if is_in_review(claim) {
            self.add_to_worklist(claim).await?;
        }
        Ok(is_in_review(claim))
    }

    async fn add_to_worklist(&self, claim: &Claim) -> Result<()> {
        let mut item = entry_key(claim).attributes();
        item.extend(all().key(claim.created_at, &claim.id()).attributes());
        item.insert("version".to_owned(), version_of(claim));
        let outcome = self
            .dynamo
            .put_item()
            .table_name(self.names.table(&REWARDS)?)
            .set_item(Some(item))
            .condition_expression("attribute_not_exists(pk) OR version < :version")
            .expression_attribute_values(":version", version_of(claim))
            .send()
            .await;
        accept_failed_condition(outcome)
    }

    async fn remove_from_worklist(&self, claim: &Claim) -> Result<()> {
        let outcome = self
            .dynamo
            .delete_item()
            .table_name(self.names.table(&REWARDS)?)
            .set_key(Some(entry_key(claim).attributes()))
            .condition_expression("version < :version")
            .expression_attribute_values(":version", version_of(claim))
            .send()
            .await;
        accept_failed_condition(outcome)
    }

    /// Returns up to `limit` claims in review, oldest first, each with its position, eventually consistent.
    /// Leaves out claims that have left review. Also returns the position of the last worklist entry that was
    /// read, or `None` if no further entries follow.
    pub async fn list_claims_in_review_eventual(
        &self,
        part: &ReviewRange,
        limit: usize,
    ) -> Result<(Vec<(ListPosition, Claim)>, Option<ListPosition>)> {
        let list = part.campaign.as_ref().map_or_else(all, of_campaign);
        let shards = (0..list.shards).map(|shard| self.review_shard(list.shard(shard), part, limit));
        let mut index_entries: Vec<String> = try_join_all(shards).await?.into_iter().flatten().collect();
        index_entries.sort_unstable();
        let has_more = index_entries.len() > limit;
        index_entries.truncate(limit);
        let next = index_entries.last().filter(|_| has_more).map(|last| ListPosition(last.clone()));
        let named: Vec<(String, Key)> = index_entries
            .into_iter()
            .filter_map(|place| claim_at(&place).map(|(user, campaign)| (place, claim_key(&user, &campaign))))
            .collect();
        let keys: Vec<Key> = named.iter().map(|(_, key)| key.clone()).collect();
        let mut items: Vec<Attributes> = self.get_all_eventual(&REWARDS, &keys).await?;
        let mut claims = Vec::with_capacity(named.len());
        for (place, key) in named {
            let Some(index) = items.iter().position(|item| Key::of(item).as_ref() == Some(&key)) else {
                continue;
            };
            let claim: Claim = entity(items.swap_remove(index))?;
            if is_in_review(&claim) {
                claims.push((ListPosition(place), claim));
            }
        }
        Ok((claims, next))
    }

    /// Returns up to `limit + 1` positions of a shard, oldest first.
    async fn review_shard(&self, pk: String, part: &ReviewRange, limit: usize) -> Result<Vec<String>> {
        let (pk_name, sk_name) = if part.campaign.is_some() { ("pk", "sk") } else { ("list_pk", "list_sk") };
        let from = part.from.map_or_else(|| "0".to_owned(), |from| position(from, ""));
        // The smallest text that sorts after all entries up to the position `after`.
        let low = match &part.after {
            Some(ListPosition(after)) => from.max(format!("{after}!")),
            None => from,
        };
        // A position without an id sorts before all entries of the same time.
        let high = part.to.map_or_else(|| "~".to_owned(), |to| position(to, ""));
        if high <= low {
            return Ok(Vec::new());
        }
        let output = self
            .dynamo
            .query()
            .table_name(self.names.table(&REWARDS)?)
            .set_index_name(part.campaign.is_none().then(|| LIST_INDEX.to_owned()))
            .key_condition_expression(format!("{pk_name} = :pk AND {sk_name} BETWEEN :low AND :high"))
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .expression_attribute_values(":low", AttributeValue::S(low))
            .expression_attribute_values(":high", AttributeValue::S(high))
            .limit(i32::try_from(limit + 1).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(failed)?;
        let items = output.items.unwrap_or_default();
        Ok(items.iter().filter_map(|item| item.get(sk_name)?.as_s().ok().cloned()).collect())
    }
}

fn version_of(claim: &Claim) -> AttributeValue {
    AttributeValue::N(claim.version.to_string())
}

/// Parses the owner and event of the claim from a position.
fn claim_at(place: &str) -> Option<(UserId, CampaignId)> {
    Claim::parse_id(place.split_once('#')?.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_names_its_claim() {
        let claim = Claim::new(UserId::new("1"), CampaignId::new("2"), Timestamp::from_millis(5));
        let key = entry_key(&claim);
        assert!(key.pk.starts_with("REVIEWS#cmp_2#"), "{key:?}");
        assert_eq!(claim_at(&key.sk), Some((claim.user_id.clone(), claim.campaign_id.clone())));
        assert!(key.sk < format!("{}!", key.sk), "the next page begins behind it");
    }
}
