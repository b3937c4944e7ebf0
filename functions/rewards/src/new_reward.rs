//! The bodies that make a reward, one for each kind.

use domain::activities::OutsideId;
use domain::rewards::{Fulfilment, Gift};
use domain::stock::{UNITS_MAX, code_buckets_for};
use domain::{Error, Result, Timestamp};
use edge::{ByPath, Form};
use schemars::JsonSchema;
use serde::Deserialize;

/// How many codes a pool is made for when nothing is said.
const CODES_EXPECTED: u32 = 1000;

/// A reward to be, whatever its kind.
#[derive(Debug, PartialEq, Eq)]
pub struct NewReward {
    /// For people.
    pub name: String,
    /// What it is.
    pub gift: Gift,
    /// Who hands it over.
    pub fulfilment: Fulfilment,
    /// When a granted one ends to be good.
    pub expires_at: Option<Timestamp>,
    /// Over how many buckets its codes are spread.
    pub code_buckets: u32,
    coupon: Option<CouponSource>,
}

/// What was said about where a coupon's code comes from: a code, and whether from a pool.
type CouponSource = (bool, bool, bool);

impl ByPath for NewReward {
    const FORMS: &'static [Form<Self>] = &[
        Form::new::<PointReward>("/rewards/point"),
        Form::new::<ItemReward>("/rewards/item"),
        Form::new::<CouponReward>("/rewards/coupon"),
        Form::new::<BadgeReward>("/rewards/badge"),
    ];
}

/// Points.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PointReward {
    /// For people.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// How many.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub points: u32,
    /// Who hands them over.
    #[serde(default)]
    pub fulfilment: Fulfilment,
}

/// So many of an item of the game or shop.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ItemReward {
    /// For people.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Which item.
    pub item_id: OutsideId,
    /// How many.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub quantity: u32,
    /// Who hands it over.
    #[serde(default)]
    pub fulfilment: Fulfilment,
}

/// A coupon: either `coupon_code`, the same for everybody, or `pool`, a code of its own for each.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CouponReward {
    /// For people.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// The code that everybody gets: printable ASCII without spaces.
    #[schemars(length(min = 1, max = 64), regex(pattern = "^[!-~]+$"))]
    pub coupon_code: Option<String>,
    /// Whether each gets a code of its own, from those added to `/rewards/{reward_id}/codes`.
    #[serde(default)]
    pub pool: bool,
    /// How many codes the pool will have, roughly: it is spread for so many, and works best with no more than three times that.
    #[schemars(range(min = 1, max = UNITS_MAX))]
    pub expected_codes: Option<u32>,
    /// When it ends to be good.
    pub expires_at: Option<Timestamp>,
    /// Who hands it over.
    #[serde(default)]
    pub fulfilment: Fulfilment,
}

/// A badge.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BadgeReward {
    /// For people.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// Which badge.
    pub badge_id: OutsideId,
    /// Who hands it over.
    #[serde(default)]
    pub fulfilment: Fulfilment,
}
