//! The ledger of points, and the inventory: what granted lines have become.

use serde::{Deserialize, Serialize};

use crate::ids::{CampaignId, RewardId, UserId};
use crate::rewards::Gift;
use crate::time::millis;
use crate::{Error, Result, Timestamp};

/// How far clocks may be apart. DynamoDB refuses requests signed by a clock that is more than five minutes off,
/// so no two writers that succeed are further apart than twice that.
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

/// Where `grant_id` belongs, given the `newest` entries of a ledger, newest first. `whole` says that there are no
/// older ones. A grant cannot be older than the request for it, give or take the clocks.
///
/// # Errors
/// An internal error when an entry is missing between two others: the view is not one of a moment.
pub fn place(newest: &[PointEntry], whole: bool, grant_id: &str, requested_at: Timestamp) -> Result<Place> {
    if newest.windows(2).any(|pair| pair[0].number != pair[1].number + 1) {
        return Err(Error::busy("the ledger was read while it was written"));
    }
    if newest.iter().any(|entry| entry.grant_id == grant_id) {
        return Ok(Place::There);
    }
    let oldest_possible = requested_at.plus_seconds(-CLOCKS_APART_SECONDS_MAX);
    let reaches_back = whole || newest.last().is_some_and(|oldest| oldest.number == 1 || oldest.at < oldest_possible);
    if !reaches_back {
        return Ok(Place::ReadOn);
    }
    let (number, balance) = newest.first().map_or((0, 0), |entry| (entry.number, entry.balance));
    Ok(Place::Next { number: number + 1, balance })
}
