//! Response types for reward definitions and their payloads.

use domain::Timestamp;
use domain::ids::{RewardId, UserId};
use domain::rewards::{Fulfilment, Gift, Kind, Reward};
use schemars::JsonSchema;
use serde::Serialize;

/// A reward of the catalogue.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Reward")]
pub struct RewardView {
    /// Its id.
    pub id: RewardId,
    /// For people.
    pub name: String,
    /// What it is.
    #[serde(flatten)]
    pub gift: GiftView,
    /// How many of the item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quantity: Option<u32>,
    /// The code that everybody gets, for a coupon without a pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coupon_code: Option<String>,
    /// Who hands it over.
    pub fulfilment: Fulfilment,
    /// When a granted one ends to be good.
    pub expires_at: Option<Timestamp>,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: UserId,
}

/// What a reward is, without the code of a coupon: that is shown to those who may have it.
#[derive(Debug, Serialize, JsonSchema)]
pub struct GiftView {
    /// What kind.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// How many points.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub points: Option<u32>,
    /// Which item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_id: Option<String>,
    /// Whether each coupon has a code of its own, from a pool.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pool: Option<bool>,
    /// Which badge.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub badge_id: Option<String>,
}

impl From<&Gift> for GiftView {
    fn from(gift: &Gift) -> Self {
        let plain = Self { kind: gift.kind(), points: None, item_id: None, pool: None, badge_id: None };
        match gift {
            Gift::Points(points) => Self { points: Some(*points), ..plain },
            Gift::Item(item, _) => Self { item_id: Some(item.clone()), ..plain },
            Gift::Coupon(_) => Self { pool: Some(false), ..plain },
            Gift::PooledCoupon => Self { pool: Some(true), ..plain },
            Gift::Badge(badge) => Self { badge_id: Some(badge.clone()), ..plain },
        }
    }
}

impl From<&Reward> for RewardView {
    fn from(reward: &Reward) -> Self {
        let coupon_code = match &reward.gift {
            Gift::Coupon(code) => Some(code.clone()),
            _ => None,
        };
        let quantity = reward.gift.item_quantity();
        Self {
            id: reward.id.clone(),
            name: reward.name.clone(),
            gift: (&reward.gift).into(),
            quantity,
            coupon_code,
            fulfilment: reward.fulfilment,
            expires_at: reward.expires_at,
            created_at: reward.created_at,
            created_by: reward.created_by.clone(),
        }
    }
}
