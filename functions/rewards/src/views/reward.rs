//! Response types for reward definitions and their payloads.

use domain::ids::{RewardId, UserId};
use domain::rewards::{Fulfilment, Reward, RewardKind, RewardPayload};
use domain::{Points, Quantity, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

/// Reward of the catalogue, which can be attached to events.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Reward")]
pub struct RewardView {
    /// Id of the reward.
    pub id: RewardId,
    /// Display name of the reward.
    pub name: String,
    /// Content that one grant of the reward gives.
    #[serde(flatten)]
    pub payload: RewardPayloadView,
    /// Number of items, for a reward of type `ITEM`; absent for other types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<Quantity>,
    /// Code that every user gets, for a coupon without a pool; absent otherwise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coupon_code: Option<String>,
    /// Service that delivers the grants: dibs or an external one.
    pub fulfilment: Fulfilment,
    /// Time at which granted rewards expire, in UTC; null when they do not.
    pub expires_at: Option<Timestamp>,
    /// Creation time of the reward, in UTC.
    pub created_at: Timestamp,
    /// Id of the operator who created the reward.
    pub created_by: UserId,
}

/// Content of a reward. The code of a coupon is left out, as only users who were granted it may see it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct RewardPayloadView {
    /// Type of the reward: points, item, coupon or badge.
    #[serde(rename = "type")]
    pub kind: RewardKind,
    /// Number of points; absent for other types.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<u32>")]
    pub points: Option<Points>,
    /// Id of the item; absent for other types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_id: Option<String>,
    /// True for a coupon that gives each grant a code of its own from a pool, false for one with a shared
    /// code; absent for other types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<bool>,
    /// Id of the badge; absent for other types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub badge_id: Option<String>,
}

impl From<&RewardPayload> for RewardPayloadView {
    fn from(payload: &RewardPayload) -> Self {
        let plain = Self { kind: payload.kind(), points: None, item_id: None, pool: None, badge_id: None };
        match payload {
            RewardPayload::Points(points) => Self { points: Some(*points), ..plain },
            RewardPayload::Item(item, _) => Self { item_id: Some(item.clone()), ..plain },
            RewardPayload::Coupon(_) => Self { pool: Some(false), ..plain },
            RewardPayload::PooledCoupon => Self { pool: Some(true), ..plain },
            RewardPayload::Badge(badge) => Self { badge_id: Some(badge.clone()), ..plain },
        }
    }
}

impl From<&Reward> for RewardView {
    fn from(reward: &Reward) -> Self {
        let coupon_code = match &reward.payload {
            RewardPayload::Coupon(code) => Some(code.clone()),
            _ => None,
        };
        let quantity = reward.payload.item_quantity();
        Self {
            id: reward.id.clone(),
            name: reward.name.clone(),
            payload: (&reward.payload).into(),
            quantity,
            coupon_code,
            fulfilment: reward.fulfilment,
            expires_at: reward.expires_at,
            created_at: reward.created_at,
            created_by: reward.created_by.clone(),
        }
    }
}
