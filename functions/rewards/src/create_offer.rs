//! POST /events/{event_id}/rewards

use axum::extract::State;
use domain::campaigns::Review;
use domain::conditions::Condition;
use domain::ids::{CampaignId, RewardId, fingerprint};
use domain::rewards::{Offer, OfferMark, Terms};
use domain::{Code, Error, Result as DomainResult, Timestamp};
use edge::{App, Created, IdempotencyKey, Json, Operator, Path, Result, Route, axum, route};
use schemars::JsonSchema;
use serde::Deserialize;
use store::Saved;

use crate::views::offer::OfferView;

/// The route.
pub static ROUTE: Route = route!(
    POST ["/events/{event_id}/rewards"] "rewards-create-offer" create_offer,
    "Attach a reward to an event",
    [RewardAlreadyAttached]
);

/// A reward to attach, and on which terms.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOffer {
    /// Which reward.
    pub reward_id: RewardId,
    /// How many each grant gives; points and items are multiplied by it.
    #[schemars(range(min = 1, max = 1_000_000))]
    #[serde(default = "one")]
    pub quantity: u32,
    /// How many units there are in all; not for a pool of codes, whose codes are the limit.
    #[schemars(range(min = 1, max = 100_000))]
    pub total_limit: Option<u32>,
    /// How often one user may have it.
    #[schemars(range(min = 1, max = 100))]
    #[serde(default = "one")]
    pub per_user_limit: u32,
    /// A condition beside the event's.
    pub condition: Option<Condition>,
    /// Who decides about requests, if that is not as in the event.
    pub review: Option<Review>,
    /// Can be claimed from here on.
    pub valid_from: Option<Timestamp>,
    /// Can be claimed before this.
    pub valid_until: Option<Timestamp>,
}

async fn create_offer(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    Path(id): Path<CampaignId>,
    Json { value: new, fingerprint: body }: Json<NewOffer>,
) -> Result<Created<OfferView>> {
    let found = app.store().campaign_with_offers(&id).await?;
    let mark = mark(&key, &[operator.id.as_str(), ROUTE.name, id.as_str()], body);
    if let Some(offer) = earlier(&found.offers, &new.reward_id, mark.as_ref())? {
        return Ok(Created(offer.into()));
    }
    let reward = app.store().reward(&new.reward_id).await?;
    let before = app.store().find_offer(&id, &new.reward_id).await?;
    let offer = Offer::attach(id, reward, new.into(), mark, before.as_ref(), app.now())?;
    match app.store().save_offer(&offer).await? {
        Saved::Done => Ok(Created((&offer).into())),
        // Somebody was faster, be it this very request.
        Saved::Other(there) => {
            let there: Vec<Offer> =
                there.into_iter().map(|there| *there).filter(|there| !there.removed).collect();
            let offer_there = earlier(&there, &offer.reward_id, offer.mark.as_ref())?;
            Ok(Created(offer_there.ok_or_else(|| Error::busy("the offer was taken out in between"))?.into()))
        }
    }
}

/// What this same request attached before, among `offers`.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED` when another request with this key attached something; `REWARD_ALREADY_ATTACHED`
/// when any other request attached this reward.
fn earlier<'a>(
    offers: &'a [Offer],
    reward: &RewardId,
    mark: Option<&OfferMark>,
) -> DomainResult<Option<&'a Offer>> {
    let same_key = |offer: &&Offer| match (&offer.mark, mark) {
        (Some(there), Some(mark)) => there.key == mark.key,
        _ => false,
    };
    match offers.iter().find(same_key) {
        Some(offer) if offer.mark.as_ref() == mark => return Ok(Some(offer)),
        Some(_) => {
            let message = "This Idempotency-Key was used for another request; take a new one.";
            return Err(Error::refused(Code::IdempotencyKeyReused, message));
        }
        None => {}
    }
    if offers.iter().any(|offer| offer.reward_id == *reward) {
        return Err(Error::refused(
            Code::RewardAlreadyAttached,
            "This reward is attached to this event already.",
        ));
    }
    Ok(None)
}

fn mark(key: &IdempotencyKey, scope: &[&str], body: String) -> Option<OfferMark> {
    let key = key.0.as_ref()?;
    Some(OfferMark { key: fingerprint(&[scope, &[key.as_str()]].concat()), body })
}

impl From<NewOffer> for Terms {
    fn from(new: NewOffer) -> Self {
        Self {
            quantity: new.quantity,
            total_limit: new.total_limit,
            per_user_limit: new.per_user_limit,
            condition: new.condition,
            review: new.review,
            valid_from: new.valid_from,
            valid_until: new.valid_until,
        }
    }
}

const fn one() -> u32 {
    1
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::ids::UserId;
    use domain::rewards::{Fulfilment, Gift, Reward};
    use serde_json::json;

    fn offer(mark: Option<OfferMark>) -> Offer {
        let reward = Reward {
            id: RewardId::new("1"),
            name: "points".into(),
            gift: Gift::Points(5),
            fulfilment: Fulfilment::Internal,
            expires_at: None,
            code_buckets: 0,
            created_at: Timestamp::from_millis(0),
            created_by: UserId::new("1"),
            mark: None,
        };
        let new: NewOffer = serde_json::from_value(json!({"reward_id": "rwd_1"})).unwrap();
        Offer::attach(CampaignId::new("1"), reward, new.into(), mark, None, Timestamp::from_millis(0))
            .unwrap()
    }

    fn marked(key: &str, body: &str) -> Option<OfferMark> {
        mark(&IdempotencyKey(Some(key.into())), &["usr_1", "route"], body.into())
    }

    #[test]
    fn a_repeat_is_told_from_another_request() {
        let offers = [offer(marked("k", "b"))];
        let (same, other) = (RewardId::new("1"), RewardId::new("2"));
        let code = |reward: &RewardId, mark: Option<OfferMark>| {
            earlier(&offers, reward, mark.as_ref()).map_err(|e| e.code)
        };
        assert_eq!(code(&same, marked("k", "b")), Ok(Some(&offers[0])));
        assert_eq!(code(&same, marked("k", "c")), Err(Code::IdempotencyKeyReused));
        assert_eq!(code(&other, marked("k", "c")), Err(Code::IdempotencyKeyReused));
        assert_eq!(code(&same, marked("l", "b")), Err(Code::RewardAlreadyAttached));
        assert_eq!(code(&same, None), Err(Code::RewardAlreadyAttached));
        assert_eq!(code(&other, None), Ok(None));
    }
}
