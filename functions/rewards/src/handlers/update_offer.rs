//! `PATCH /events/{event_id}/rewards/{reward_id}`: changes the terms of an event reward, for operators.

use axum::extract::State;
use dibs_http::{Done, Json, Operator, Path, Route, axum, route};
use domain::claims::ClaimSize;
use domain::ids::{CampaignId, RewardId};
use domain::rewards::OfferChanges;
use domain::{BusyReason, Result};
use runtime::App;
use store::{TryResult, retry};

use crate::views::offer::OfferView;

pub static ROUTE: Route = route!(
    /// Changes the terms that the body names. The limit of grants to all users can only be raised. A repeat
    /// changes nothing more.
    PATCH ["/events/{event_id}/rewards/{reward_id}"] "rewards-update-offer" update_offer,
    "Update the terms of a reward in an event",
    [Conflict]
);

async fn update_offer(
    State(app): State<App>,
    _: Operator,
    Path((campaign, reward)): Path<(CampaignId, RewardId)>,
    Json { value: terms, .. }: Json<OfferChanges>,
) -> Result<Done<OfferView>> {
    let attempt = async |()| {
        let event = app.store().get_campaign_with_offers(&campaign).await?;
        let (offer, condition) = (event.offer(&reward)?, &event.campaign.condition);
        let next = offer.change(&terms)?;
        let with = |one| event.all_offers().filter(|other| other.reward_id != reward).chain([one]);
        ClaimSize::of(condition, with(&next)).check(&ClaimSize::of(condition, with(offer)), "condition")?;
        let is_done = next == *offer
            || app.store().save_offer_in(&event.campaign.with_changed_offers()?, &next).await?;
        Ok(if is_done { TryResult::Done(OfferView::from(&next)) } else { TryResult::Conflict(()) })
    };
    Ok(Done(retry(BusyReason::Campaign, (), attempt).await?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;
    use serde_json::json;

    #[test]
    fn null_is_not_absent() {
        let terms: OfferChanges = serde_json::from_value(json!({"review": null, "quantity": 2})).unwrap();
        assert_each_eq!(
            (terms.review.0, Some(None)),
            (terms.condition.0, None),
            (terms.quantity.0, Some(domain::Quantity(2)))
        );
        assert!(serde_json::from_value::<OfferChanges>(json!({"quantity": null})).is_err());
    }
}
