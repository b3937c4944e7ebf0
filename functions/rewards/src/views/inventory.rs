//! Response types for granted rewards and points.

use domain::ids::{CampaignId, RewardId};
use domain::points::{Grant, PointEntry};
use domain::rewards::{RewardKind, RewardPayload};
use domain::{Points, Quantity, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

/// Item, coupon or badge that was granted to the caller.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "InventoryEntry")]
pub struct InventoryView {
    /// Id of the grant, derived from the request and the line, so that a line is granted once.
    pub grant_id: String,
    /// Type of the entry: item, coupon or badge.
    #[serde(rename = "type")]
    pub kind: RewardKind,
    /// Id of the item; absent for other types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_id: Option<String>,
    /// Id of the badge; absent for other types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub badge_id: Option<String>,
    /// Complete coupon code; absent for other types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coupon_code: Option<String>,
    /// Number of items, coupons or badges in all.
    pub quantity: u64,
    /// Id of the event that granted it.
    pub event_id: CampaignId,
    /// Id of the reward that was granted.
    pub reward_id: RewardId,
    /// Time of the grant, in UTC.
    pub granted_at: Timestamp,
    /// Time at which it expires, in UTC; null when it does not.
    pub expires_at: Option<Timestamp>,
}

/// Metadata of the inventory, in `meta`.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InventoryMeta {
    /// Number of points that the caller has now.
    pub points: Points,
}

/// Entry of the points ledger: points added by a grant.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PointEntry")]
pub struct PointsView {
    /// Number of the entry in the ledger, from 1. Numbers are missing where points were withheld, since
    /// the account was inactive or banned.
    pub number: u64,
    /// Number of points that were added.
    pub points: Points,
    /// Points of the user after the entry.
    pub balance_after: Points,
    /// Id of the grant that added the points.
    pub grant_id: String,
    /// Id of the event that granted the points.
    pub event_id: CampaignId,
    /// Id of the reward that was granted.
    pub reward_id: RewardId,
    /// Time of the grant, in UTC.
    pub granted_at: Timestamp,
}

impl From<&Grant> for InventoryView {
    fn from(grant: &Grant) -> Self {
        let (item_id, badge_id) = match &grant.payload {
            RewardPayload::Item(item, _) => (Some(item.clone()), None),
            RewardPayload::Badge(badge) => (None, Some(badge.clone())),
            RewardPayload::Points(_) | RewardPayload::Coupon(_) | RewardPayload::PooledCoupon => (None, None),
        };
        let coupon_code = match &grant.payload {
            RewardPayload::Coupon(code) => Some(code.clone()),
            _ => grant.code.clone(),
        };
        Self {
            grant_id: grant.id.clone(),
            kind: grant.payload.kind(),
            item_id,
            badge_id,
            coupon_code,
            quantity: grant.quantity.times(grant.payload.item_quantity().unwrap_or(Quantity::ONE)),
            event_id: grant.campaign_id.clone(),
            reward_id: grant.reward_id.clone(),
            granted_at: grant.at,
            expires_at: grant.expires_at,
        }
    }
}

impl From<&PointEntry> for PointsView {
    fn from(entry: &PointEntry) -> Self {
        Self {
            number: entry.number,
            points: entry.points,
            balance_after: entry.balance,
            grant_id: entry.grant_id.clone(),
            event_id: entry.campaign_id.clone(),
            reward_id: entry.reward_id.clone(),
            granted_at: entry.at,
        }
    }
}
