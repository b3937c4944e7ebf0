//! Request bodies for the creation of rewards, one for each kind.

use dibs_http::{ByPath, Form};
use domain::activities::OutsideId;
use domain::rewards::{Fulfilment, RewardPayload};
use domain::stock::{UNITS_MAX, code_buckets_for};
use domain::text::Title;
use domain::{Error, Points, Quantity, Result, Timestamp};
use schemars::JsonSchema;
use serde::Deserialize;

/// Default number of codes for which a pool is sized.
const CODES_EXPECTED: u32 = 1000;

/// Definition of a reward to create, of any kind.
#[derive(Debug, PartialEq, Eq)]
pub struct NewReward {
    /// Display name of the reward.
    pub name: String,
    /// Payload that each grant delivers.
    pub payload: RewardPayload,
    /// Service that delivers grants: dibs or the external one.
    pub fulfilment: Fulfilment,
    /// Expiry of rewards granted from this definition, in UTC.
    pub expires_at: Option<Timestamp>,
    /// Number of buckets for the codes of a pool; 0 without a pool.
    pub code_buckets: u32,
}

impl ByPath for NewReward {
    const FORMS: &'static [Form<Self>] = &[
        Form::new::<PointReward>("/rewards/point"),
        Form::new::<ItemReward>("/rewards/item"),
        Form::new::<CouponReward>("/rewards/coupon"),
        Form::new::<BadgeReward>("/rewards/badge"),
    ];
}

/// Reward to create that grants points.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "PointRewardCreate")]
pub struct PointReward {
    /// Display name of the reward.
    pub name: Title,
    /// Number of points, 1 to 1,000,000.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub points: u32,
    /// Service that delivers the grants: dibs, by default, or an external one.
    #[serde(default)]
    pub fulfilment: Fulfilment,
}

/// Reward to create that grants items of the game or shop.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ItemRewardCreate")]
pub struct ItemReward {
    /// Display name of the reward.
    pub name: Title,
    /// Id of the item in the game or shop.
    pub item_id: OutsideId,
    /// Number of items, 1 to 1,000,000.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub quantity: Quantity,
    /// Service that delivers the grants: dibs, by default, or an external one.
    #[serde(default)]
    pub fulfilment: Fulfilment,
}

/// Reward to create that grants coupons: with either `coupon_code`, which is the same for every user, or
/// `pool`, which gives each grant a code of its own.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "CouponRewardCreate")]
pub struct CouponReward {
    /// Display name of the reward.
    pub name: Title,
    /// Code that every user gets, 1 to 64 characters of printable ASCII without spaces. Required without
    /// `pool`, refused with it.
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[!-~]+$"))]
    pub coupon_code: Option<String>,
    /// True to give each grant a code of its own from a pool, `false` by default. `POST
    /// /rewards/{reward_id}/codes` fills the pool.
    #[serde(default)]
    pub pool: bool,
    /// Expected number of codes in the pool, by default 1,000; refused without `pool`. The layout of the
    /// pool follows from it and never changes. The pool accepts up to a hundred times as many codes, but
    /// each grant is then slower and costs more.
    #[schemars(range(min = 1, max = UNITS_MAX))]
    pub expected_codes: Option<u32>,
    /// Time at which granted coupons expire, in UTC; it must be in the future. Null or absent for no expiry.
    pub expires_at: Option<Timestamp>,
    /// Service that delivers the grants: dibs, by default, or an external one.
    #[serde(default)]
    pub fulfilment: Fulfilment,
}

/// Reward to create that grants a badge.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BadgeRewardCreate")]
pub struct BadgeReward {
    /// Display name of the reward.
    pub name: Title,
    /// Id of the badge in the game or shop.
    pub badge_id: OutsideId,
    /// Service that delivers the grants: dibs, by default, or an external one.
    #[serde(default)]
    pub fulfilment: Fulfilment,
}

impl NewReward {
    /// Checks that the expiry of the reward, if it has one, is after `now`.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` when its expiry is not in the future.
    pub fn check(&self, now: Timestamp) -> Result<()> {
        match self.expires_at {
            Some(expires_at) if expires_at <= now => {
                Err(Error::invalid_field("expires_at", "must be in the future"))
            }
            _ => Ok(()),
        }
    }

    fn plain(name: Title, payload: RewardPayload, fulfilment: Fulfilment) -> Self {
        Self { name: name.into(), payload, fulfilment, expires_at: None, code_buckets: 0 }
    }
}

impl TryFrom<PointReward> for NewReward {
    type Error = Error;

    fn try_from(new: PointReward) -> Result<Self> {
        Ok(Self::plain(new.name, RewardPayload::Points(Points(new.points.into())), new.fulfilment))
    }
}

impl TryFrom<ItemReward> for NewReward {
    type Error = Error;

    fn try_from(new: ItemReward) -> Result<Self> {
        Ok(Self::plain(new.name, RewardPayload::Item(new.item_id.to_string(), new.quantity), new.fulfilment))
    }
}

impl TryFrom<CouponReward> for NewReward {
    type Error = Error;

    fn try_from(new: CouponReward) -> Result<Self> {
        let (payload, code_buckets) = match (new.coupon_code, new.pool, new.expected_codes) {
            (Some(_), true, _) => {
                return Err(Error::invalid_field("coupon_code", "is not for a pool of codes"));
            }
            (None, false, _) => {
                return Err(Error::invalid_field("coupon_code", "is required, unless pool is true"));
            }
            (Some(_), _, Some(_)) => {
                return Err(Error::invalid_field("expected_codes", "is only for a pool of codes"));
            }
            (Some(code), false, None) => (RewardPayload::Coupon(code), 0),
            (None, true, expected) => {
                (RewardPayload::PooledCoupon, code_buckets_for(expected.unwrap_or(CODES_EXPECTED)))
            }
        };
        let expires_at = new.expires_at;
        Ok(Self { expires_at, code_buckets, ..Self::plain(new.name, payload, new.fulfilment) })
    }
}

impl TryFrom<BadgeReward> for NewReward {
    type Error = Error;

    fn try_from(new: BadgeReward) -> Result<Self> {
        Ok(Self::plain(new.name, RewardPayload::Badge(new.badge_id.to_string()), new.fulfilment))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;
    use serde_json::{Value, json};

    fn coupon(body: Value) -> Result<NewReward> {
        serde_json::from_value::<CouponReward>(body).unwrap().try_into()
    }

    #[test]
    fn a_coupon_has_one_code_or_a_pool() {
        let same = coupon(json!({"name": "c", "coupon_code": "WELCOME"})).unwrap();
        assert_each_eq!((same.payload, RewardPayload::Coupon("WELCOME".into())), (same.code_buckets, 0));
        let pool = coupon(json!({"name": "c", "pool": true})).unwrap();
        assert_each_eq!(
            (pool.payload, RewardPayload::PooledCoupon),
            (pool.code_buckets, code_buckets_for(1000))
        );
        let large = coupon(json!({"name": "c", "pool": true, "expected_codes": 100_000})).unwrap();
        assert!(large.code_buckets > pool.code_buckets);
        for wrong in [
            json!({"name": "c"}),
            json!({"name": "c", "coupon_code": "A", "pool": true}),
            json!({"name": "c", "coupon_code": "A", "expected_codes": 5}),
        ] {
            assert_eq!(coupon(wrong).unwrap_err().code, domain::Code::ValidationError);
        }
    }

    #[test]
    fn what_is_over_is_not_made() {
        let soon = coupon(json!({"name": "c", "pool": true, "expires_at": "2026-11-21T09:00:00Z"})).unwrap();
        assert!(soon.check("2026-11-21T08:59:59Z".parse().unwrap()).is_ok());
        assert!(soon.check("2026-11-21T09:00:00Z".parse().unwrap()).is_err());
    }
}
