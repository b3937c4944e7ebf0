//! Response type for event rewards with their terms.

use domain::Timestamp;
use domain::campaigns::Review;
use domain::conditions::Condition;
use domain::ids::{CampaignId, RewardId};
use domain::rewards::Offer;
use schemars::JsonSchema;
use serde::Serialize;

use crate::views::reward::GiftView;

/// A reward of an event.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "EventReward")]
pub struct OfferView {
    /// Of which event.
    pub event_id: CampaignId,
    /// Which reward.
    pub reward_id: RewardId,
    /// For people.
    pub name: String,
    /// What it is.
    #[serde(flatten)]
    pub gift: GiftView,
    /// How many of the item the reward is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item_quantity: Option<u32>,
    /// How many each grant gives; points and items are multiplied by it.
    pub quantity: u32,
    /// How many units there are in all; none without a limit, and for a pool of codes, whose codes are the
    /// limit.
    pub total_limit: Option<u32>,
    /// How often one user may have it.
    pub per_user_limit: u32,
    /// A condition beside the event's.
    pub condition: Option<Condition>,
    /// Who decides about requests, if that is not as in the event.
    pub review: Option<Review>,
    /// Can be claimed from here on.
    pub valid_from: Option<Timestamp>,
    /// Can be claimed before this.
    pub valid_until: Option<Timestamp>,
    /// When a granted one ends to be good.
    pub expires_at: Option<Timestamp>,
    /// When it was attached.
    pub created_at: Timestamp,
}

impl From<&Offer> for OfferView {
    fn from(offer: &Offer) -> Self {
        Self {
            event_id: offer.campaign_id.clone(),
            reward_id: offer.reward_id.clone(),
            name: offer.name.clone(),
            gift: (&offer.gift).into(),
            item_quantity: offer.gift.item_quantity(),
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
