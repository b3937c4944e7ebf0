//! Line items of a claim.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::AsRefStr;

use super::{ConditionReference, EvaluatedCondition, is_zero};
use crate::conditions::Evaluation;
use crate::ids::{Nonce, RewardId};
use crate::rewards::{Fulfilment, Offer, RewardPayload};
use crate::time::millis;
use crate::{Quantity, Timestamp};

/// Status of a line item. Variants are ordered by progress.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, AsRefStr,
)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[strum(serialize_all = "snake_case")]
pub enum LineStatus {
    /// Accepted, to be granted by a worker.
    Requested,
    /// Waiting for a decision of an operator.
    InReview,
    /// Approved by an operator, to be granted by a worker.
    Approved,
    /// Grant was attempted without success and will be retried.
    Granting,
    /// Failed, and may be requested again.
    Failed,
    /// Rejected by an operator.
    Rejected,
    /// Granted: the user has the reward.
    Granted,
}

impl LineStatus {
    /// Returns `true` if a worker has to grant a line item in this status.
    pub const fn is_to_grant(self) -> bool {
        matches!(self, Self::Requested | Self::Approved | Self::Granting)
    }
}

/// Record that the fulfilment service may have granted a line item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FulfilmentAttempt {
    /// Version of the claim with which the first call of the fulfilment service in this attempt began.
    /// Outcomes of calls of earlier attempts are ignored.
    pub since: u64,
    /// Whether the service may have been called more than once, or with unknown outcome. The refusal of one
    /// call is then not definite.
    pub unknown: bool,
    /// Whether an older version of dibs may have made the first call, so that only the line item's history
    /// tells its outcome.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub before: bool,
    /// Random number of the worker that began the first call. Without it, two workers that begin at the same
    /// time would write equal items, and each would take the other's write for its own.
    #[serde(default, skip_serializing_if = "Nonce::is_none")]
    pub worker: Nonce,
}

/// Line item of a claim: one reward, requested for the `number`th time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct LineItem {
    /// Reward that was requested.
    pub reward_id: RewardId,
    /// Number of the line item among the user's line items of this reward, from 1.
    pub number: u32,
    /// Reward payload that was promised when the line item was requested.
    #[serde(rename = "gift")]
    pub payload: RewardPayload,
    /// Number of units of the payload.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub quantity: Quantity,
    /// Party that hands over the reward.
    #[serde(default, skip_serializing_if = "is_internal")]
    pub fulfilment: Fulfilment,
    /// Expiry of the reward once it is granted, in UTC; `None` if it does not expire.
    #[serde(with = "millis::option", default, skip_serializing_if = "Option::is_none")]
    pub expires_at: Option<Timestamp>,
    /// Current status of the line item.
    pub status: LineStatus,
    /// Fingerprint of the idempotency key of the newest accepted request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// Fingerprints of the keys of earlier accepted requests, oldest first, at most [`EARLIER_KEYS_MAX`].
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_keys: Vec<String>,
    /// Record that the fulfilment service may have granted the line item; `None` if it certainly has not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempt: Option<FulfilmentAttempt>,
    /// Stock unit that the line item holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<HeldUnit>,
    /// Condition under which the line item was last requested; `None` if there was none.
    #[serde(rename = "stood", default, skip_serializing_if = "Option::is_none")]
    pub condition_reference: Option<ConditionReference>,
    /// Evaluated condition in a line item that an older version of dibs wrote. `None` in all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluation: Option<Evaluation>,
    /// Reference of the grant at the fulfilment service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
}

/// Maximum number of earlier `Idempotency-Key`s that a line item keeps.
pub const EARLIER_KEYS_MAX: usize = 7;

/// Name of a line item in a claim: its reward and its number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct LineName {
    /// Reward of the line item.
    pub reward_id: RewardId,
    /// Number of the line item among the user's line items of this reward: 1 for the first, 2 for the second.
    #[schemars(range(min = 1))]
    pub number: u32,
}

impl LineName {
    /// Returns `true` if `line` has this reward and number.
    pub fn is_of(&self, line: &LineItem) -> bool {
        self.number == line.number && self.reward_id == line.reward_id
    }
}

/// Stock unit that a line item holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeldUnit {
    /// Name of the stock that the unit belongs to.
    pub stock: String,
    /// Bucket of the stock that the unit belongs to.
    pub bucket: u32,
    /// Coupon code, if the stock is a code pool.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// Version of the claim for which the unit was taken, which is its fencing value in the bucket. 0 if an
    /// older version of dibs took it.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub version: u64,
}

/// Facts that were gathered while a request for a reward was decided.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Fingerprint of the request's idempotency key.
    pub key: Option<String>,
    /// Evaluated condition of the reward; `None` if it was not evaluated.
    pub evaluation: Option<EvaluatedCondition>,
    /// Stock unit that was taken for the request; `None` if the reward has no stock.
    pub held: Option<HeldUnit>,
}

impl LineItem {
    pub(super) fn new(offer: &Offer, number: u32, evidence: Evidence) -> Self {
        Self {
            reward_id: offer.reward_id.clone(),
            number,
            payload: offer.payload.clone(),
            quantity: offer.quantity,
            fulfilment: offer.fulfilment,
            expires_at: offer.expires_at,
            status: LineStatus::Requested,
            key: None,
            earlier_keys: Vec::new(),
            attempt: None,
            held: evidence.held,
            condition_reference: None,
            evaluation: None,
            reference: None,
        }
    }

    /// Returns the name of the line item.
    pub fn name(&self) -> LineName {
        LineName { reward_id: self.reward_id.clone(), number: self.number }
    }

    /// Returns the coupon code of the line item, or `None` if its reward is not a coupon.
    pub fn code(&self) -> Option<&str> {
        match &self.payload {
            RewardPayload::Coupon(code) => Some(code),
            RewardPayload::PooledCoupon => self.held.as_ref().and_then(|held| held.code.as_deref()),
            RewardPayload::Points(_) | RewardPayload::Item(..) | RewardPayload::Badge(_) => None,
        }
    }

    /// Returns `true` if a request with `key` was accepted as this line item.
    pub fn has_key(&self, key: &str) -> bool {
        self.key.as_deref() == Some(key) || self.earlier_keys.iter().any(|known| known == key)
    }

    /// Stores `key` as that of the newest accepted request and keeps up to [`EARLIER_KEYS_MAX`] earlier ones.
    pub(super) fn take_key(&mut self, key: Option<String>) {
        let before = std::mem::replace(&mut self.key, key);
        self.earlier_keys.extend(before.filter(|before| Some(before) != self.key.as_ref()));
        let surplus = self.earlier_keys.len().saturating_sub(EARLIER_KEYS_MAX);
        self.earlier_keys.drain(..surplus);
    }

    /// Returns `true` if the line item failed and may be requested again.
    pub fn is_failed(&self) -> bool {
        self.status == LineStatus::Failed
    }
}

const fn one() -> Quantity {
    Quantity::ONE
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_one(quantity: &Quantity) -> bool {
    *quantity == Quantity::ONE
}

fn is_internal(fulfilment: &Fulfilment) -> bool {
    *fulfilment == Fulfilment::Internal
}
