//! The lines of a claim.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::conditions::Evaluation;
use crate::ids::{RewardId, UserId};
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
    /// Stands for the idempotency key of the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
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

/// A change of a line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Change {
    /// When.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Which line, by its place in the claim.
    pub line: usize,
    /// What it became.
    pub to: Status,
    /// Who did it; nobody when dibs did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<UserId>,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
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
            key: evidence.key,
            held: evidence.held,
            evaluation: evidence.evaluation,
            reference: None,
        }
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

fn is_internal(fulfilment: &Fulfilment) -> bool {
    *fulfilment == Fulfilment::Internal
}
