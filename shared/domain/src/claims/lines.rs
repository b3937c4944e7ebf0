//! The lines of a claim.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Attempt;
use crate::Timestamp;
use crate::conditions::Evaluation;
use crate::ids::RewardId;
use crate::rewards::{Fulfilment, Gift, Offer};
use crate::time::millis;

/// Where a line stands. The order is that of the way to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Status {
    /// Accepted; a worker will grant it.
    Requested,
    /// Waits for an operator.
    InReview,
    /// An operator has said yes; a worker will grant it.
    Approved,
    /// The outside service has been asked, and has not said yes yet.
    Granting,
    /// Did not work out; may be asked for again.
    Failed,
    /// An operator has said no.
    Rejected,
    /// The user has it.
    Granted,
}

impl Status {
    /// As it is on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::InReview => "in_review",
            Self::Approved => "approved",
            Self::Granting => "granting",
            Self::Failed => "failed",
            Self::Rejected => "rejected",
            Self::Granted => "granted",
        }
    }

    /// Whether a worker has to grant it.
    pub const fn is_to_grant(self) -> bool {
        matches!(self, Self::Requested | Self::Approved | Self::Granting)
    }
}

/// One reward, asked for the `number`th time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Which reward.
    pub reward_id: RewardId,
    /// The first, second … time that this user has it.
    pub number: u32,
    /// What it gives, as promised when it was asked for.
    pub gift: Gift,
    /// How many of that.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub quantity: u32,
    /// Who hands it over.
    #[serde(default, skip_serializing_if = "is_internal")]
    pub fulfilment: Fulfilment,
    /// When a granted one ends to be good.
    #[serde(with = "millis::option", default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Where it stands.
    pub status: Status,
    /// Stands for the idempotency key of the newest request that was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Stand for the keys of requests that were accepted before, oldest first, at most [`EARLIER_KEYS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_keys: Vec<String>,
    /// That the outside service may have granted it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<Attempt>,
    /// The unit of the stock that it holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Held>,
    /// How the condition stood.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluation: Option<Evaluation>,
    /// What the fulfilment service called it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// How many keys of earlier requests a line keeps.
pub const EARLIER_KEYS_MAX: usize = 7;

/// Names a line within its claim.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct LineName {
    /// The reward.
    pub reward_id: RewardId,
    /// 1 for the user's first line of this reward, 2 for the second, and so on.
    #[schemars(range(min = 1))]
    pub number: u32,
}

impl LineName {
    /// Whether it names `line`.
    pub fn is_of(&self, line: &Line) -> bool {
        self.number == line.number && self.reward_id == line.reward_id
    }
}

/// A unit of a stock in somebody's hands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// In which stock.
    pub stock: String,
    /// In which bucket.
    pub bucket: u32,
    /// The code, when the stock is one of codes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// For which version of the claim it was taken, which the bucket notes too; 0 when the version before this
    /// one took it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub version: u64,
}

/// What was found out while a request was decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Stands for the idempotency key of the request.
    pub key: Option<String>,
    /// How the condition stood.
    pub evaluation: Option<Evaluation>,
    /// The unit that was taken.
    pub held: Option<Held>,
}

impl Line {
    pub(super) fn new(offer: &Offer, number: u32, evidence: Evidence) -> Self {
        Self {
            reward_id: offer.reward_id.clone(),
            number,
            gift: offer.gift.clone(),
            quantity: offer.quantity,
            fulfilment: offer.fulfilment,
            expires_at: offer.expires_at,
            status: Status::Requested,
            key: None,
            earlier_keys: Vec::new(),
            attempt: None,
            held: evidence.held,
            evaluation: evidence.evaluation,
            reference: None,
        }
    }

    /// Its name.
    pub fn name(&self) -> LineName {
        LineName { reward_id: self.reward_id.clone(), number: self.number }
    }

    /// The code that it gives, when it is a coupon.
    pub fn code(&self) -> Option<&str> {
        match &self.gift {
            Gift::Coupon(code) => Some(code),
            Gift::PooledCoupon => self.held.as_ref().and_then(|held| held.code.as_deref()),
            Gift::Points(_) | Gift::Item(..) | Gift::Badge(_) => None,
        }
    }

    /// Whether a request with `key` was accepted as this line.
    pub fn has_key(&self, key: &str) -> bool {
        self.key.as_deref() == Some(key) || self.earlier_keys.iter().any(|known| known == key)
    }

    /// Takes `key` as that of the newest accepted request.
    pub(super) fn take_key(&mut self, key: Option<String>) {
        let before = std::mem::replace(&mut self.key, key);
        self.earlier_keys.extend(before.filter(|before| Some(before) != self.key.as_ref()));
        let surplus = self.earlier_keys.len().saturating_sub(EARLIER_KEYS_MAX);
        self.earlier_keys.drain(..surplus);
    }

    /// Whether it only failed, and so may be asked for again.
    pub fn is_failed(&self) -> bool {
        self.status == Status::Failed
    }
}

const fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_one(quantity: &u32) -> bool {
    *quantity == 1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
const fn is_zero(version: &u64) -> bool {
    *version == 0
}

fn is_internal(fulfilment: &Fulfilment) -> bool {
    *fulfilment == Fulfilment::Internal
}
