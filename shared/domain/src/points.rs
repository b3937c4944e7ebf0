//! Ledger of points, and inventory of other granted rewards.

use serde::{Deserialize, Serialize};

use crate::ids::{CampaignId, RewardId, UserId};
use crate::rewards::RewardPayload;
use crate::time::millis;
use crate::{BusyReason, Error, Points, Quantity, Result, Timestamp};

/// Maximum clock skew between two writers, in seconds. DynamoDB rejects requests whose signing time is off by
/// more than five minutes, so two successful writers differ by at most twice that.
pub const CLOCKS_APART_SECONDS_MAX: i64 = 600;

/// Entry of a user's points ledger. The ledger is a chain without gaps: the writer of entry `number` has read
/// every earlier entry that could be the same grant, so a grant is entered once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointEntry {
    /// Owner of the points.
    pub user_id: UserId,
    /// Number of the entry, from 1.
    pub number: u64,
    /// Id of the grant that added the points.
    pub grant_id: String,
    /// Campaign of the grant.
    pub campaign_id: CampaignId,
    /// Reward of the grant.
    pub reward_id: RewardId,
    /// Points that the entry adds.
    pub points: Points,
    /// Points of the user after the entry.
    pub balance: Points,
    /// Time of the entry, in UTC.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Version of the claim as of which this entry withholds its grant; `None` for an entry that adds
    /// points. A worker that began with this version, or an earlier one, can then no longer add the
    /// points.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<u64>,
}

/// Granted item, coupon or badge in a user's inventory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Id of the grant, derived from the claim and the line item.
    pub id: String,
    /// Owner of the granted reward.
    pub user_id: UserId,
    /// Campaign of the grant.
    pub campaign_id: CampaignId,
    /// Reward of the grant.
    pub reward_id: RewardId,
    /// Reward payload that was granted.
    #[serde(rename = "gift")]
    pub payload: RewardPayload,
    /// Number of times that the payload was granted.
    pub quantity: Quantity,
    /// Coupon code, if it is a coupon.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Expiry of the granted reward, in UTC. `None` if it does not expire.
    #[serde(with = "millis::option", default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Time of the grant, in UTC.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Version of the claim as of which this item withholds its grant; `None` for a grant. A worker that
    /// began with this version, or an earlier one, can then no longer make the grant.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub withheld: Option<u64>,
}

/// Result of looking for a grant among the newest entries of a ledger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GrantSearch {
    /// The grant is already in the ledger.
    There,
    /// The grant is not in the ledger. The entry to append has these values.
    Next {
        /// Number of the new entry.
        number: u64,
        /// Points before the new entry.
        balance: Points,
        /// Newest claim version as of which an entry withholds the grant. `None` if no entry does.
        withheld: Option<u64>,
    },
    /// The entries do not reach back far enough. Read older ones.
    ReadOn,
}

/// Looks for `grant_id` in the `newest` entries of a ledger, which are sorted newest first. `whole` says
/// that the ledger has no older entries. Entries older than `requested_at` minus
/// [`CLOCKS_APART_SECONDS_MAX`] need not be searched, since a grant cannot be older than its request.
///
/// # Errors
/// `BUSY` if a number is missing between two entries, which means that the read was inconsistent.
/// `INTERNAL_ERROR` if a balance does not follow from the previous one.
pub fn search_grant(
    newest: &[PointEntry],
    whole: bool,
    grant_id: &str,
    requested_at: Timestamp,
) -> Result<GrantSearch> {
    if newest.windows(2).any(|pair| pair[0].number != pair[1].number + 1) {
        return Err(Error::busy(BusyReason::Points));
    }
    let first = newest.last().filter(|oldest| oldest.number == 1);
    let follows =
        |entry: &PointEntry, before: Points| before.checked_add(entry.points) == Some(entry.balance);
    if newest.windows(2).any(|pair| !follows(&pair[0], pair[1].balance))
        || first.is_some_and(|first| !follows(first, Points::ZERO))
    {
        return Err(Error::broken("the balances of a ledger of points do not follow from each other"));
    }
    let of_grant = || newest.iter().filter(|entry| entry.grant_id == grant_id);
    if of_grant().any(|entry| entry.withheld.is_none()) {
        return Ok(GrantSearch::There);
    }
    let oldest_possible = requested_at.plus_seconds(-CLOCKS_APART_SECONDS_MAX);
    let reaches_back =
        whole || newest.last().is_some_and(|oldest| oldest.number == 1 || oldest.at < oldest_possible);
    if !reaches_back {
        return Ok(GrantSearch::ReadOn);
    }
    let (number, balance) = newest.first().map_or((0, Points::ZERO), |entry| (entry.number, entry.balance));
    let withheld = of_grant().filter_map(|entry| entry.withheld).max();
    Ok(GrantSearch::Next { number: number + 1, balance, withheld })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn entry(number: u64, grant: &str, at: Timestamp) -> PointEntry {
        PointEntry {
            user_id: UserId::parse("usr_1").unwrap(),
            number,
            grant_id: grant.to_owned(),
            campaign_id: CampaignId::parse("cmp_1").unwrap(),
            reward_id: RewardId::parse("rwd_1").unwrap(),
            points: Points(1),
            balance: Points(number),
            at,
            withheld: None,
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000).plus_seconds(seconds)
    }

    #[test]
    fn a_gap_is_a_view_of_no_moment() {
        let newest = [entry(3, "c", at(3)), entry(1, "a", at(1))];
        assert_eq!(search_grant(&newest, true, "x", at(5)).unwrap_err().code, crate::Code::Busy);
    }

    #[test]
    fn entries_that_could_be_the_grant_are_all_read_first() {
        let newest = [entry(30, "c", at(3)), entry(29, "b", at(2))];
        assert_eq!(search_grant(&newest, false, "x", at(5)).unwrap(), GrantSearch::ReadOn);
        let much_later = at(5 + 2 * CLOCKS_APART_SECONDS_MAX);
        assert_eq!(
            search_grant(&newest, false, "x", much_later).unwrap(),
            GrantSearch::Next { number: 31, balance: Points(30), withheld: None }
        );
    }

    #[test]
    fn ledger_whose_balances_do_not_follow_is_an_internal_error() {
        let now = at(0);
        let chain = [entry(2, "b", now), entry(1, "a", now)];
        assert_eq!(
            search_grant(&chain, true, "c", now).unwrap(),
            GrantSearch::Next { number: 3, balance: Points(2), withheld: None }
        );
        let broken = [PointEntry { balance: Points(3), ..chain[0].clone() }, chain[1].clone()];
        assert!(search_grant(&broken, true, "c", now).unwrap_err().is_broken());
        let broken = [PointEntry { balance: Points(2), ..chain[1].clone() }];
        assert!(search_grant(&broken, true, "c", now).unwrap_err().is_broken());
    }

    #[test]
    fn withheld_grant_is_not_there_until_it_is_made() {
        let withheld = PointEntry {
            points: Points::ZERO,
            balance: Points(1),
            withheld: Some(3),
            ..entry(2, "b", at(0))
        };
        let chain = [withheld, entry(1, "a", at(0))];
        let next = GrantSearch::Next { number: 3, balance: Points(1), withheld: Some(3) };
        assert_eq!(search_grant(&chain, true, "b", at(0)).unwrap(), next);
        let [withheld, first] = chain;
        let made = [PointEntry { balance: Points(2), ..entry(3, "b", at(0)) }, withheld, first];
        assert_eq!(search_grant(&made, true, "b", at(0)).unwrap(), GrantSearch::There);
    }

    proptest! {
        #[test]
        fn a_chain_of_writers_puts_each_grant_in_once(grants in prop::collection::vec(0..6u8, 0..40), seen in 1..50usize) {
            let mut ledger: Vec<PointEntry> = Vec::new();
            for grant in grants {
                let id = format!("grant{grant}");
                let newest: Vec<PointEntry> = ledger.iter().rev().take(seen).cloned().collect();
                let whole = newest.len() < seen;
                match search_grant(&newest, whole, &id, at(0)).unwrap() {
                    GrantSearch::Next { number, .. } => ledger.push(entry(number, &id, at(1))),
                    GrantSearch::There => {}
                    // The real writer reads older entries. The model only needs it not to write.
                    GrantSearch::ReadOn => prop_assert!(ledger.len() >= seen),
                }
            }
            let mut ids: Vec<&str> = ledger.iter().map(|entry| entry.grant_id.as_str()).collect();
            ids.sort_unstable();
            ids.dedup();
            prop_assert_eq!(ids.len(), ledger.len());
            prop_assert!(ledger.iter().zip(1..).all(|(entry, number)| entry.number == number));
        }
    }
}
