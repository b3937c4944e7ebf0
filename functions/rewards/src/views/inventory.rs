//! Response types for granted rewards and points.

use domain::Timestamp;
use domain::ids::{CampaignId, RewardId};
use domain::points::{Grant, PointEntry};
use domain::rewards::{Gift, Kind};
use schemars::JsonSchema;
use serde::Serialize;

/// An item, a coupon or a badge that was granted.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "InventoryEntry")]
pub struct InventoryView {
    /// Follows from the request and its line: there can be only one.
    pub grant_id: String,
    /// What kind.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Which item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_id: Option<String>,
    /// Which badge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub badge_id: Option<String>,
    /// The coupon's code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coupon_code: Option<String>,
    /// How many in all.
    pub quantity: u64,
    /// Of which event.
    pub event_id: CampaignId,
    /// Of which reward.
    pub reward_id: RewardId,
    /// When it was granted.
    pub granted_at: Timestamp,
    /// When it ends to be good.
    pub expires_at: Option<Timestamp>,
}

/// What stands in `meta` of the inventory.
#[derive(Debug, Serialize, JsonSchema)]
pub struct InventoryMeta {
    /// The points at present.
    pub points: u64,
}

/// An addition to the points.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "PointEntry")]
pub struct PointsView {
    /// 1 for the first; a number is left out where points were withheld while the account was barred.
    pub number: u64,
    /// How many points it added.
    pub points: u64,
    /// The points after it.
    pub balance_after: u64,
    /// Which grant it is of.
    pub grant_id: String,
    /// Of which event.
    pub event_id: CampaignId,
    /// Of which reward.
    pub reward_id: RewardId,
    /// When.
    pub granted_at: Timestamp,
}

impl From<&Grant> for InventoryView {
    fn from(grant: &Grant) -> Self {
        let (item_id, badge_id) = match &grant.gift {
            Gift::Item(item, _) => (Some(item.clone()), None),
            Gift::Badge(badge) => (None, Some(badge.clone())),
            Gift::Points(_) | Gift::Coupon(_) | Gift::PooledCoupon => (None, None),
        };
        let coupon_code = match &grant.gift {
            Gift::Coupon(code) => Some(code.clone()),
            _ => grant.code.clone(),
        };
        Self {
            grant_id: grant.id.clone(),
            kind: grant.gift.kind(),
            item_id,
            badge_id,
            coupon_code,
            quantity: u64::from(grant.quantity) * u64::from(grant.gift.item_quantity().unwrap_or(1)),
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
