//! The ledger of points, and the inventory: what granted lines have become.

use serde::{Deserialize, Serialize};

use crate::ids::{CampaignId, RewardId, UserId};
use crate::rewards::Gift;
use crate::time::millis;
use crate::{Error, Result, Timestamp};

/// How far clocks may be apart. DynamoDB refuses requests signed by a clock that is more than five minutes
/// off, so no two writers that succeed are further apart than twice that.
pub const CLOCKS_APART_SECONDS_MAX: i64 = 600;

/// One addition to a user's points. The ledger is a chain without gaps: entry `number` can only be written by
/// someone who has read every entry before it that could be the same grant, so a grant is in it once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PointEntry {
    /// Whose points.
    pub user_id: UserId,
    /// 1 for the first.
    pub number: u64,
    /// Which grant it is of.
    pub grant_id: String,
    /// Of which campaign.
    pub campaign_id: CampaignId,
    /// Of which reward.
    pub reward_id: RewardId,
    /// How many points it adds.
    pub points: u64,
    /// The points after it.
    pub balance: u64,
    /// When.
    #[serde(with = "millis")]
    pub at: Timestamp,
}

/// Something granted that is no points.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// Follows from the claim and its line.
    pub id: String,
    /// Whose it is.
    pub user_id: UserId,
    /// Of which campaign.
    pub campaign_id: CampaignId,
    /// Of which reward.
    pub reward_id: RewardId,
    /// What it is.
    pub gift: Gift,
    /// How many.
    pub quantity: u32,
    /// The coupon's code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// When it ends to be good.
    #[serde(with = "millis::option", default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// When.
    #[serde(with = "millis")]
    pub at: Timestamp,
}

/// What a look at the newest entries of a ledger says about a grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// It is in the ledger.
    There,
    /// It is not; this is the next entry.
    Next {
        /// The number that it gets.
        number: u64,
        /// The points before it.
        balance: u64,
    },
    /// The entries reach not far enough back to tell.
    ReadOn,
}

/// Where `grant_id` belongs, given the `newest` entries of a ledger, newest first. `whole` says that there
/// are no older ones. A grant cannot be older than the request for it, give or take the clocks.
///
/// # Errors
/// `BUSY` when an entry is missing between two others: the view is not one of a moment. `INTERNAL_ERROR` when a
/// balance does not follow from the one before.
pub fn place(newest: &[PointEntry], whole: bool, grant_id: &str, requested_at: Timestamp) -> Result<Place> {
    if newest.windows(2).any(|pair| pair[0].number != pair[1].number + 1) {
        return Err(Error::busy("the ledger was read while it was written"));
    }
    let first = newest.last().filter(|oldest| oldest.number == 1);
    let follows = |entry: &PointEntry, before: u64| before.checked_add(entry.points) == Some(entry.balance);
    if newest.windows(2).any(|pair| !follows(&pair[0], pair[1].balance))
        || first.is_some_and(|first| !follows(first, 0))
    {
        return Err(Error::broken("the balances of a ledger of points do not follow from each other"));
    }
    if newest.iter().any(|entry| entry.grant_id == grant_id) {
        return Ok(Place::There);
    }
    let oldest_possible = requested_at.plus_seconds(-CLOCKS_APART_SECONDS_MAX);
    let reaches_back =
        whole || newest.last().is_some_and(|oldest| oldest.number == 1 || oldest.at < oldest_possible);
    if !reaches_back {
        return Ok(Place::ReadOn);
    }
    let (number, balance) = newest.first().map_or((0, 0), |entry| (entry.number, entry.balance));
    Ok(Place::Next { number: number + 1, balance })
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
            points: 1,
            balance: number,
            at,
        }
    }

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(1_795_000_000_000).plus_seconds(seconds)
    }

    #[test]
    fn a_gap_is_a_view_of_no_moment() {
        let newest = [entry(3, "c", at(3)), entry(1, "a", at(1))];
        assert_eq!(place(&newest, true, "x", at(5)).unwrap_err().code, crate::Code::Busy);
    }

    #[test]
    fn entries_that_could_be_the_grant_are_all_read_first() {
        let newest = [entry(30, "c", at(3)), entry(29, "b", at(2))];
        assert_eq!(place(&newest, false, "x", at(5)).unwrap(), Place::ReadOn);
        let much_later = at(5 + 2 * CLOCKS_APART_SECONDS_MAX);
        assert_eq!(place(&newest, false, "x", much_later).unwrap(), Place::Next { number: 31, balance: 30 });
    }

    #[test]
    fn ledger_whose_balances_do_not_follow_is_an_internal_error() {
        let now = at(0);
        let chain = [entry(2, "b", now), entry(1, "a", now)];
        assert_eq!(place(&chain, true, "c", now).unwrap(), Place::Next { number: 3, balance: 2 });
        let broken = [PointEntry { balance: 3, ..chain[0].clone() }, chain[1].clone()];
        assert!(place(&broken, true, "c", now).unwrap_err().is_broken());
        let broken = [PointEntry { balance: 2, ..chain[1].clone() }];
        assert!(place(&broken, true, "c", now).unwrap_err().is_broken());
    }

    proptest! {
        #[test]
        fn a_chain_of_writers_puts_each_grant_in_once(grants in prop::collection::vec(0..6u8, 0..40), seen in 1..50usize) {
            let mut ledger: Vec<PointEntry> = Vec::new();
            for grant in grants {
                let id = format!("grant{grant}");
                let newest: Vec<PointEntry> = ledger.iter().rev().take(seen).cloned().collect();
                let whole = newest.len() < seen;
                match place(&newest, whole, &id, at(0)).unwrap() {
                    Place::Next { number, .. } => ledger.push(entry(number, &id, at(1))),
                    Place::There => {}
                    // The writer reads on; here it is enough that it does not write.
                    Place::ReadOn => prop_assert!(ledger.len() >= seen),
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
