//! Response type for event rewards with their terms.

use domain::campaigns::Review;
use domain::conditions::Condition;
use domain::ids::{CampaignId, RewardId};
use domain::rewards::Offer;
use domain::{Quantity, Timestamp};
use schemars::JsonSchema;
use serde::Serialize;

use crate::views::reward::RewardPayloadView;

/// Reward that is attached to an event, with its terms.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EventReward")]
pub struct OfferView {
    /// Id of the event that the reward is attached to.
    pub event_id: CampaignId,
    /// Id of the reward that is attached.
    pub reward_id: RewardId,
    /// Display name of the reward.
    pub name: String,
    /// Content that one grant of the reward gives, before the multiplier `quantity`.
    #[serde(flatten)]
    pub payload: RewardPayloadView,
    /// Number of items that the reward gives, before the multiplier `quantity`; absent for other types.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_quantity: Option<Quantity>,
    /// Multiplier of each grant: a grant gives so many times the points or items of the reward.
    pub quantity: Quantity,
    /// Maximum number of grants to all users together; null when unlimited, and for a coupon with a pool, as
    /// the number of codes is the limit.
    pub total_limit: Option<Quantity>,
    /// Maximum number of grants to one user.
    pub per_user_limit: u32,
    /// Condition that a user must meet in addition to the event's; null for none.
    pub condition: Option<Condition>,
    /// Whether an operator reviews requests for this reward: not with `auto`, each of them with `manual`.
    /// Null when the event's setting applies.
    pub review: Option<Review>,
    /// Time from which the reward can be requested, in UTC, in addition to the event's period; null for no
    /// such limit.
    pub valid_from: Option<Timestamp>,
    /// Time before which the reward can be requested, in UTC, in addition to the event's period; null for no
    /// such limit.
    pub valid_until: Option<Timestamp>,
    /// Time at which granted rewards expire, in UTC; null when they do not.
    pub expires_at: Option<Timestamp>,
    /// Time at which the reward was attached to the event, in UTC.
    pub created_at: Timestamp,
}

impl From<&Offer> for OfferView {
    fn from(offer: &Offer) -> Self {
        Self {
            event_id: offer.campaign_id.clone(),
            reward_id: offer.reward_id.clone(),
            name: offer.name.clone(),
            payload: (&offer.payload).into(),
            item_quantity: offer.payload.item_quantity(),
            quantity: offer.quantity,
            total_limit: offer.total_limit(),
            per_user_limit: offer.per_user_limit,
            condition: offer.condition.clone(),
            review: offer.review,
            valid_from: offer.valid_from,
            valid_until: offer.valid_until,
            expires_at: offer.expires_at,
            created_at: offer.created_at,
        }
    }
}
