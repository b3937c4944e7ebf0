//! The worklist of operators: which claims have a line in review, oldest first.
//!
//! Each such claim has an entry, a small item of its own, which the relay of the table's stream writes when the
//! first line enters review and deletes when the last one leaves it. The entries of one campaign are a
//! partition spread over shards; all of them together are a list in the index. An entry that a relay left
//! behind names a claim that is not in review, which whoever reads it sees; one that is missing would hide a
//! claim, so both writes are fenced by the claim's version.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::claims::{Claim, Status};
use domain::ids::{CampaignId, UserId};
use domain::{Result, Timestamp};
use futures::future::try_join_all;

use crate::Store;
use crate::claims::claim_key;
use crate::failure::failed;
use crate::item::{condition_failed, entity};
use crate::keys::{Attributes, Key};
use crate::list::{List, ListKey, Position, position};
use crate::schema::{LIST_INDEX, REWARDS};

/// Which part of the worklist: claims made `from` inclusive, `to` exclusive, behind `after`.
#[derive(Clone, Debug, Default)]
pub struct ReviewPart {
    /// Of this campaign; of all when none.
    pub campaign: Option<CampaignId>,
    /// Not older than this.
    pub from: Option<Timestamp>,
    /// Older than this.
    pub to: Option<Timestamp>,
    /// Behind this position of an earlier page.
    pub after: Option<Position>,
}

/// Every claim in review.
fn all() -> List {
    List::busy("REVIEWS")
}

/// Those of one campaign.
fn of_campaign(campaign: &CampaignId) -> List {
    List::busy(format!("REVIEWS#{campaign}"))
}

fn entry_key(claim: &Claim) -> Key {
    let ListKey { pk, sk } = of_campaign(&claim.campaign_id).key(claim.created_at, &claim.id());
    Key::new(pk, sk)
}

fn is_in_review(claim: &Claim) -> bool {
    claim.lines.iter().any(|line| line.status == Status::InReview)
}

impl Store {
    /// Brings the entry of a claim into line with its change from `before` to `after`.
    ///
    /// # Errors
    /// Only those of the store; a repeat is safe, also when the claim has gone on meanwhile.
    pub async fn follow_review(&self, before: Option<&Claim>, after: &Claim) -> Result<()> {
        match (before.is_some_and(is_in_review), is_in_review(after)) {
            (false, true) => self.enter_review(after).await,
            (true, false) => self.leave_review(after).await,
            _ => Ok(()),
        }
    }

    /// Writes the entry of `claim` if it is in review, unless a newer version of the claim has written it.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn index_review(&self, claim: &Claim) -> Result<bool> {
        if is_in_review(claim) {
            self.enter_review(claim).await?;
        }
        Ok(is_in_review(claim))
    }

    async fn enter_review(&self, claim: &Claim) -> Result<()> {
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
        condition_failed(outcome)
    }

    async fn leave_review(&self, claim: &Claim) -> Result<()> {
        let outcome = self
            .dynamo
            .delete_item()
            .table_name(self.names.table(&REWARDS)?)
            .set_key(Some(entry_key(claim).attributes()))
            .condition_expression("version < :version")
            .expression_attribute_values(":version", version_of(claim))
            .send()
            .await;
        condition_failed(outcome)
    }

    /// Returns up to `limit` claims of the worklist, oldest first, each with its position, as they were within
    /// the last second or so, and the position of the last entry that was looked at when there are more. A
    /// claim that has left review since is left out.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn claims_in_review(
        &self,
        part: &ReviewPart,
        limit: usize,
    ) -> Result<(Vec<(Position, Claim)>, Option<Position>)> {
        let list = part.campaign.as_ref().map_or_else(all, of_campaign);
        let shards = (0..list.shards).map(|shard| self.review_shard(list.shard(shard), part, limit));
        let mut places: Vec<String> = try_join_all(shards).await?.into_iter().flatten().collect();
        places.sort_unstable();
        let has_more = places.len() > limit;
        places.truncate(limit);
        let next = places.last().filter(|_| has_more).map(|last| Position(last.clone()));
        let named: Vec<(String, Key)> = places
            .into_iter()
            .filter_map(|place| claim_at(&place).map(|(user, campaign)| (place, claim_key(&user, &campaign))))
            .collect();
        let keys: Vec<Key> = named.iter().map(|(_, key)| key.clone()).collect();
        let mut items: Vec<Attributes> = self.peek_all(&REWARDS, &keys).await?;
        let mut claims = Vec::with_capacity(named.len());
        for (place, key) in named {
            let Some(index) = items.iter().position(|item| Key::of(item).as_ref() == Some(&key)) else {
                continue;
            };
            let claim: Claim = entity(items.swap_remove(index))?;
            if is_in_review(&claim) {
                claims.push((Position(place), claim));
            }
        }
        Ok((claims, next))
    }

    /// Returns up to one place more than `limit` of a shard, oldest first.
    async fn review_shard(&self, pk: String, part: &ReviewPart, limit: usize) -> Result<Vec<String>> {
        let (pk_name, sk_name) = if part.campaign.is_some() { ("pk", "sk") } else { ("list_pk", "list_sk") };
        let from = part.from.map_or_else(|| "0".to_owned(), |from| position(from, ""));
        // What comes directly behind a place: the smallest text that is larger.
        let low = match &part.after {
            Some(Position(after)) => from.max(format!("{after}!")),
            None => from,
        };
        // A time alone sorts before everything that came at that time.
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

/// Whose and which claim stands at a place.
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
