//! `PATCH /events/{event_id}/rewards/{reward_id}`: changes the terms of an event reward, for operators.

use axum::extract::State;
use domain::campaigns::Review;
use domain::claims::ClaimRoom;
use domain::conditions::Condition;
use domain::ids::{CampaignId, RewardId};
use domain::rewards::NewTerms;
use domain::{BusyReason, Result, Timestamp};
use edge::{Done, Json, Operator, Path, Route, axum, route};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::{Try, retry};

use crate::views::offer::OfferView;
use edge::double_option;

pub static ROUTE: Route = route!(
    /// Changes the terms that the body names. The limit of grants to all users can only be raised. A repeat changes
    /// nothing more.
    PATCH ["/events/{event_id}/rewards/{reward_id}"] "rewards-update-offer" update_offer,
    "Update the terms of a reward in an event",
    [Conflict]
);

/// Terms of the event reward to change. An omitted field keeps its value; null removes it.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "EventRewardUpdate")]
pub struct OfferChanges {
    /// Multiplier of each grant from now on, 1 to 1,000,000: a grant gives so many times the points or items
    /// of the reward.
    #[schemars(with = "u32", range(min = 1, max = 1_000_000))]
    #[serde(default, deserialize_with = "double_option")]
    pub quantity: Option<u32>,
    /// Maximum number of grants to all users together, 1 to 100,000. It can only be raised.
    #[schemars(with = "u32", range(min = 1, max = 100_000))]
    #[serde(default, deserialize_with = "double_option")]
    pub total_limit: Option<u32>,
    /// Maximum number of grants to one user, 1 to 100.
    #[schemars(with = "u32", range(min = 1, max = 100))]
    #[serde(default, deserialize_with = "double_option")]
    pub per_user_limit: Option<u32>,
    /// Condition that a user must meet in addition to the event's; null removes it.
    #[schemars(with = "Option<Condition>")]
    #[serde(default, deserialize_with = "double_option")]
    pub condition: Option<Option<Condition>>,
    /// Review of requests for this reward; null applies the event's setting.
    #[schemars(with = "Option<Review>")]
    #[serde(default, deserialize_with = "double_option")]
    pub review: Option<Option<Review>>,
    /// Time from which the reward can be requested, in UTC, in addition to the event's period; null removes
    /// the limit.
    #[schemars(with = "Option<Timestamp>")]
    #[serde(default, deserialize_with = "double_option")]
    pub valid_from: Option<Option<Timestamp>>,
    /// Time before which the reward can be requested, in UTC, in addition to the event's period; null removes
    /// the limit.
    #[schemars(with = "Option<Timestamp>")]
    #[serde(default, deserialize_with = "double_option")]
    pub valid_until: Option<Option<Timestamp>>,
}

async fn update_offer(
    State(app): State<App>,
    _: Operator,
    Path((campaign, reward)): Path<(CampaignId, RewardId)>,
    Json { value, .. }: Json<OfferChanges>,
) -> Result<Done<OfferView>> {
    let terms = NewTerms::from(value);
    let attempt = async |()| {
        let event = app.store().get_campaign_with_offers(&campaign).await?;
        let (offer, condition) = (event.offer(&reward)?, &event.campaign.condition);
        let next = offer.change(&terms)?;
        let with = |one| event.all_offers().filter(|other| other.reward_id != reward).chain([one]);
        ClaimRoom::of(condition, with(&next)).check(&ClaimRoom::of(condition, with(offer)), "condition")?;
        let is_done = next == *offer
            || app.store().save_offer_in(&event.campaign.with_changed_offers()?, &next).await?;
        Ok(if is_done { Try::Done(OfferView::from(&next)) } else { Try::Lost(()) })
    };
    Ok(Done(retry(BusyReason::Campaign, (), attempt).await?))
}

impl From<OfferChanges> for NewTerms {
    fn from(changes: OfferChanges) -> Self {
        Self {
            quantity: changes.quantity,
            total_limit: changes.total_limit,
            per_user_limit: changes.per_user_limit,
            condition: changes.condition,
            review: changes.review,
            valid_from: changes.valid_from,
            valid_until: changes.valid_until,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn null_is_not_absent() {
        let changes: OfferChanges = serde_json::from_value(json!({"review": null, "quantity": 2})).unwrap();
        let terms = NewTerms::from(changes);
        assert_eq!((terms.review, terms.condition, terms.quantity), (Some(None), None, Some(2)));
        assert!(serde_json::from_value::<OfferChanges>(json!({"quantity": null})).is_err());
    }
}
