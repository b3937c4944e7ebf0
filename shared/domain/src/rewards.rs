//! Rewards of the catalog, and offers: the terms on which a campaign gives a reward.

mod terms;

pub use terms::{BATCHES_MAX, NewOffer, OfferChanges, QUANTITY_MAX};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::campaigns::Review;
use crate::conditions::Condition;
use crate::ids::{CampaignId, RewardId, UserId};
use crate::stock::{Stock, StockKind, StockLayout};
use crate::time::millis;
use crate::trail::Trail;
use crate::{Code, Error, KeyedFingerprint, Points, Quantity, Result, Timestamp};

/// Reward payload: the benefit that a grant gives to the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RewardPayload {
    /// Number of points, before multiplication by the offer's quantity.
    Points(Points),
    /// Item of the game or shop, with its quantity.
    Item(String, Quantity),
    /// Coupon with the same code for all users.
    Coupon(String),
    /// Coupon with a code from the reward's pool. Each code is granted once.
    PooledCoupon,
    /// Badge with this id in the game or shop.
    Badge(String),
}

impl RewardPayload {
    /// Returns the kind of the payload.
    pub const fn kind(&self) -> RewardKind {
        match self {
            Self::Points(_) => RewardKind::Point,
            Self::Item(..) => RewardKind::Item,
            Self::Coupon(_) | Self::PooledCoupon => RewardKind::Coupon,
            Self::Badge(_) => RewardKind::Badge,
        }
    }

    /// Returns the quantity of an item, or `None` for other kinds.
    pub const fn item_quantity(&self) -> Option<Quantity> {
        match self {
            Self::Item(_, quantity) => Some(*quantity),
            _ => None,
        }
    }
}

/// Kind of a reward, which decides what a grant gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub enum RewardKind {
    /// Points that are added to a ledger.
    Point,
    /// Item of the game or shop.
    Item,
    /// Coupon: a code that is shared by all users, or one from a pool.
    Coupon,
    /// Badge that the user keeps permanently.
    Badge,
}

/// Service that hands a granted reward over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Fulfilment {
    /// dibs itself: the grant is the entry in the inventory or the points ledger.
    #[default]
    Internal,
    /// External fulfilment service. The grant exists once the service has confirmed it.
    External,
}

/// Reward of the catalog. It is never modified, so a promise to a claim stays valid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reward {
    /// Id of the reward.
    pub id: RewardId,
    /// Display name of the reward.
    pub name: String,
    /// Reward payload of a grant.
    #[serde(rename = "gift")]
    pub payload: RewardPayload,
    /// Service that hands the granted reward over.
    #[serde(default)]
    pub fulfilment: Fulfilment,
    /// Expiry of rewards granted from this definition, in UTC.
    #[serde(with = "millis::option", default)]
    pub expires_at: Option<Timestamp>,
    /// Number of buckets of the code pool. 0 if there is no pool. Fixed at creation, since the bucket of a
    /// code is derived from the code and this number.
    #[serde(default)]
    pub code_buckets: u32,
    /// Time of creation, in UTC.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Operator who created the reward.
    pub created_by: UserId,
    /// Request fingerprint of the creation, for idempotency checks; `None` without an `Idempotency-Key`.
    #[serde(default, rename = "mark")]
    pub request_fingerprint: Option<String>,
    /// Number of uploads of codes to the pool.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub code_uploads: u32,
    /// Number of codes in all uploads, those that the pool had already included.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub codes_offered: u32,
    /// Head of the chain of audit entries.
    #[serde(default, skip_serializing_if = "Trail::is_empty")]
    pub trail: Trail,
}

/// Offer: a reward attached to a campaign, with its terms. It copies all data of the reward that a claim
/// needs.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// Campaign that offers the reward.
    pub campaign_id: CampaignId,
    /// Reward that is offered.
    pub reward_id: RewardId,
    /// Display name of the reward.
    pub name: String,
    /// Reward payload of a grant.
    #[serde(rename = "gift")]
    pub payload: RewardPayload,
    /// Service that hands the granted reward over.
    #[serde(default)]
    pub fulfilment: Fulfilment,
    /// Expiry of rewards granted from this offer, in UTC.
    #[serde(with = "millis::option", default)]
    pub expires_at: Option<Timestamp>,
    /// Number of payloads per grant. Points and item quantities are multiplied by it.
    pub quantity: Quantity,
    /// Stock batches: the number of units in each addition. Empty if the stock is unlimited.
    #[serde(default)]
    #[serde(rename = "lots")]
    pub batches: Vec<Quantity>,
    /// Number of buckets of the code pool. 0 if there is no pool.
    #[serde(default)]
    pub code_buckets: u32,
    /// Maximum number of line items per user.
    pub per_user_limit: u32,
    /// Condition that a user must meet in addition to the campaign's. `None` for no further condition.
    #[serde(with = "crate::conditions::stored::option", default)]
    pub condition: Option<Condition>,
    /// Whether an operator reviews claims of the offer. `None` if the campaign decides.
    #[serde(default)]
    pub review: Option<Review>,
    /// Time from which the offer can be claimed, in UTC. `None` if the campaign's period is the only
    /// limit.
    #[serde(with = "millis::option", default)]
    pub valid_from: Option<Timestamp>,
    /// Time before which the offer can be claimed, in UTC. `None` if the campaign's period is the only
    /// limit.
    #[serde(with = "millis::option", default)]
    pub valid_until: Option<Timestamp>,
    /// Number of times that the offer was removed and attached again. Each generation has its own stock.
    #[serde(default)]
    pub generation: u32,
    /// Whether the offer is removed from its campaign. It is then hidden but kept, so that the reward gets
    /// a new stock when it is attached again.
    #[serde(default)]
    pub removed: bool,
    /// Time at which the offer was attached to its campaign, in UTC.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Fingerprint of the request that attached the offer, for idempotency checks; `None` without an
    /// `Idempotency-Key`.
    #[serde(default, rename = "mark")]
    pub request_fingerprint: Option<KeyedFingerprint>,
    /// Fingerprints of the requests that attached the offer before a removal, oldest first. A late repeat of
    /// one of them must not attach the offer again.
    #[serde(default, rename = "earlier_marks", skip_serializing_if = "Vec::is_empty")]
    pub earlier_fingerprints: Vec<KeyedFingerprint>,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
    /// Head of the chain of audit entries.
    #[serde(default, skip_serializing_if = "Trail::is_empty")]
    pub trail: Trail,
}

impl Offer {
    /// Returns the total number of units, or `None` if the stock is unlimited.
    pub fn total_limit(&self) -> Option<Quantity> {
        (!self.batches.is_empty()).then(|| self.batches.iter().copied().sum())
    }

    /// Returns the stock of the offer: its units or, for a coupon with a pool, the codes of the pool.
    /// `None` if it is unlimited.
    pub fn stock(&self) -> Option<Stock> {
        if self.payload == RewardPayload::PooledCoupon {
            return Some(code_pool(&self.reward_id, self.code_buckets));
        }
        let id = match self.generation {
            0 => format!("{}.{}", self.campaign_id, self.reward_id),
            later => format!("{}.{}.{later}", self.campaign_id, self.reward_id),
        };
        let layout = StockLayout::Units(self.batches.clone());
        (!self.batches.is_empty()).then_some(Stock { kind: StockKind::Rewards, id, layout })
    }

    /// Returns the condition of a claim: the `campaign`'s together with the offer's own.
    pub fn condition_under(&self, campaign: &Condition) -> Condition {
        match &self.condition {
            Some(own) => campaign.clone().and(own.clone()),
            None => campaign.clone(),
        }
    }

    /// Returns the fingerprints of all stored requests that attached the offer, oldest first.
    pub fn fingerprints(&self) -> impl Iterator<Item = &KeyedFingerprint> {
        self.earlier_fingerprints.iter().chain(&self.request_fingerprint)
    }

    /// Returns `true` if `now` is in the period of the offer.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.valid_from.is_none_or(|from| from <= now) && self.valid_until.is_none_or(|until| now < until)
    }

    /// Checks that the offer can be claimed at `now`.
    ///
    /// # Errors
    /// `REWARD_EXPIRED` if the granted reward would already be expired, `EVENT_NOT_ACTIVE` outside the period
    /// of the offer.
    pub fn check_claimable(&self, now: Timestamp) -> Result<()> {
        if is_expired(self.expires_at, now) {
            return Err(expired());
        }
        if !self.is_valid_at(now) {
            return Err(Error::refused(
                Code::EventNotActive,
                "This reward cannot be requested now; request another reward of the event.",
            ));
        }
        Ok(())
    }
}

/// Returns `true` if a reward with this expiry is expired at `now`.
pub fn is_expired(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_some_and(|expires_at| expires_at <= now)
}

/// Builds the error `REWARD_EXPIRED`, for a coupon whose expiry has passed.
pub fn expired() -> Error {
    Error::refused(
        Code::RewardExpired,
        "This coupon has expired; request another reward, or attach a coupon with a later expiry.",
    )
}

/// Returns the code pool of a reward as a stock.
pub fn code_pool(reward: &RewardId, buckets: u32) -> Stock {
    Stock { kind: StockKind::Rewards, id: reward.to_string(), layout: StockLayout::Codes { buckets } }
}
#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}
