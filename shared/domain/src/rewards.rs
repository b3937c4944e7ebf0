//! Rewards: what can be had, and on which terms a campaign gives it.

mod room;
mod terms;

pub use room::{CLAIM_BYTES_MAX, ClaimRoom};
pub use terms::{LOTS_MAX, NewTerms, OfferMark, QUANTITY_MAX, Terms};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::campaigns::Review;
use crate::conditions::Condition;
use crate::ids::{CampaignId, RewardId, UserId};
use crate::stock::{Home, Shelf, Stock};
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

/// What a reward is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gift {
    /// So many points.
    Points(u32),
    /// So many of an item of the game or shop.
    Item(String, u32),
    /// A coupon whose code is the same for everybody.
    Coupon(String),
    /// A coupon whose code comes from the reward's pool, each given once.
    PooledCoupon,
    /// A badge.
    Badge(String),
}

impl Gift {
    /// Its kind.
    pub const fn kind(&self) -> Kind {
        match self {
            Self::Points(_) => Kind::Point,
            Self::Item(..) => Kind::Item,
            Self::Coupon(_) | Self::PooledCoupon => Kind::Coupon,
            Self::Badge(_) => Kind::Badge,
        }
    }

    /// How many of an item it is; `None` for what is no item.
    pub const fn item_quantity(&self) -> Option<u32> {
        match self {
            Self::Item(_, quantity) => Some(*quantity),
            _ => None,
        }
    }
}

/// The kinds of rewards.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub enum Kind {
    /// Points, added to a ledger.
    Point,
    /// An item.
    Item,
    /// A coupon code.
    Coupon,
    /// A badge.
    Badge,
}

/// Who hands a granted reward over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Fulfilment {
    /// dibs: the grant is the inventory entry.
    #[default]
    Internal,
    /// The outside fulfilment service; the grant exists when it has said yes.
    External,
}

/// A reward of the catalogue. It never changes, so what was promised to a claim stays true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reward {
    /// Its id.
    pub id: RewardId,
    /// For people.
    pub name: String,
    /// What it is.
    pub gift: Gift,
    /// Who hands it over.
    #[serde(default)]
    pub fulfilment: Fulfilment,
    /// When a granted one ends to be good.
    #[serde(with = "millis::option", default)]
    pub expires_at: Option<Timestamp>,
    /// Over how many buckets the pool of codes is spread; 0 for what has no pool. It is fixed when the reward
    /// is made, because the bucket of a code follows from the code and their number.
    #[serde(default)]
    pub code_buckets: u32,
    /// When it was made.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: UserId,
    /// Stands for the body of the request that made it, when that had an `Idempotency-Key`.
    #[serde(default)]
    pub mark: Option<String>,
}

/// A reward on the terms of one campaign. Holds all that a claim needs to know of the reward.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Offer {
    /// Of which campaign.
    pub campaign_id: CampaignId,
    /// Which reward.
    pub reward_id: RewardId,
    /// For people.
    pub name: String,
    /// What it is.
    pub gift: Gift,
    /// Who hands it over.
    #[serde(default)]
    pub fulfilment: Fulfilment,
    /// When a granted one ends to be good.
    #[serde(with = "millis::option", default)]
    pub expires_at: Option<Timestamp>,
    /// How many each grant gives: points and items are multiplied by it.
    pub quantity: u32,
    /// Units added to the stock, one number for each time; empty when the stock has no limit.
    #[serde(default)]
    pub lots: Vec<u32>,
    /// Over how many buckets the pool of codes is spread; 0 for what has no pool.
    #[serde(default)]
    pub code_buckets: u32,
    /// How often one user may have it.
    pub per_user_limit: u32,
    /// A condition beside the campaign's.
    #[serde(with = "crate::conditions::stored::option", default)]
    pub condition: Option<Condition>,
    /// Overrides the campaign's review.
    #[serde(default)]
    pub review: Option<Review>,
    /// Can be claimed from here on.
    #[serde(with = "millis::option", default)]
    pub valid_from: Option<Timestamp>,
    /// Can be claimed before this.
    #[serde(with = "millis::option", default)]
    pub valid_until: Option<Timestamp>,
    /// How often it was attached before and taken out again.
    #[serde(default)]
    pub generation: u32,
    /// `true` once taken out: hidden, kept so that it is not attached again to the stock of the time before.
    #[serde(default)]
    pub removed: bool,
    /// When it was attached.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Stands for the request that attached it, when that had an `Idempotency-Key`.
    #[serde(default)]
    pub mark: Option<OfferMark>,
    /// Requests with an `Idempotency-Key` that attached it before it was taken out and attached again, oldest
    /// first: a late repeat of one of them must not attach it once more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_marks: Vec<OfferMark>,
    /// One more with every write.
    pub version: u64,
}

impl Offer {
    /// How many units there are in all; `None` without a limit.
    pub fn total_limit(&self) -> Option<u32> {
        (!self.lots.is_empty()).then(|| self.lots.iter().sum())
    }

    /// Where its units are kept; `None` when it has no limit.
    pub fn stock(&self) -> Option<Stock> {
        if self.gift == Gift::PooledCoupon {
            return Some(code_pool(&self.reward_id, self.code_buckets));
        }
        let id = match self.generation {
            0 => format!("{}.{}", self.campaign_id, self.reward_id),
            later => format!("{}.{}.{later}", self.campaign_id, self.reward_id),
        };
        let shelf = Shelf::Units(self.lots.clone());
        (!self.lots.is_empty()).then_some(Stock { home: Home::Rewards, id, shelf })
    }

    /// Returns the requests that attached it, now or before.
    pub fn marks(&self) -> impl Iterator<Item = &OfferMark> {
        self.earlier_marks.iter().chain(&self.mark)
    }

    /// Whether it can be claimed at `now`.
    pub fn is_valid_at(&self, now: Timestamp) -> bool {
        self.valid_from.is_none_or(|from| from <= now) && self.valid_until.is_none_or(|until| now < until)
    }

    /// Checks that it can be claimed at `now`.
    ///
    /// # Errors
    /// `REWARD_EXPIRED` when what it gives is worth nothing any more; `EVENT_NOT_ACTIVE` outside its period.
    pub fn check_claimable(&self, now: Timestamp) -> Result<()> {
        if is_expired(self.expires_at, now) {
            return Err(expired());
        }
        if !self.is_valid_at(now) {
            return Err(Error::refused(Code::EventNotActive, "This reward cannot be claimed at the moment."));
        }
        Ok(())
    }
}

/// Returns whether what ends to be good at `expires_at` is worth nothing at `now`.
pub fn is_expired(expires_at: Option<Timestamp>, now: Timestamp) -> bool {
    expires_at.is_some_and(|expires_at| expires_at <= now)
}

/// Returns the refusal of a reward that is past its own expiry date.
pub fn expired() -> Error {
    Error::refused(Code::RewardExpired, "This coupon has expired and cannot be given any more.")
}

/// The pool of codes of a reward.
pub fn code_pool(reward: &RewardId, buckets: u32) -> Stock {
    Stock { home: Home::Rewards, id: reward.to_string(), shelf: Shelf::Codes { buckets } }
}
