//! `POST /events/{event_id}/rewards`: attaches a reward to an event, for operators.

use axum::extract::State;
use dibs_http::{Created, IdempotencyKey, Json, Operator, Path, Route, axum, route};
use domain::claims::ClaimSize;
use domain::ids::{CampaignId, RewardId};
use domain::rewards::{NewOffer, Offer};
use domain::{BusyReason, Code, Error, KeyedFingerprint, Result};
use runtime::App;
use store::{CampaignWithOffers, TryResult, retry};

use crate::views::offer::OfferView;

pub static ROUTE: Route = route!(
    /// Attaches a reward to an event on its terms: quantity, limits, condition, review and period. An event
    /// has each reward once.
    POST ["/events/{event_id}/rewards"] "rewards-create-offer" create_offer,
    "Attach a reward to an event",
    [RewardAlreadyAttached, RewardExpired]
);

async fn create_offer(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    Path(id): Path<CampaignId>,
    Json { value: new, fingerprint: body }: Json<NewOffer>,
) -> Result<Created<OfferView>> {
    let scope = [operator.id.as_str(), ROUTE.name, id.as_str()];
    let request_fingerprint = key.keyed_fingerprint(&scope, &body);
    let attempt = async |()| {
        let found = app.store().get_campaign_with_offers_if_exists(&id).await?;
        let found = found.ok_or_else(|| Error::not_found("event"))?;
        // A repeat gets the first result again, even if the event reward was removed or the event deleted
        // since.
        match earlier(found.all_offers(), &new.reward_id, request_fingerprint.as_ref()) {
            Ok(Some(offer)) => return Ok(TryResult::Done(OfferView::from(offer))),
            Err(error) if error.code == Code::RewardAlreadyAttached && found.campaign.deleted => {
                return Err(Error::not_found("event"));
            }
            earlier => earlier.map(drop)?,
        }
        let offer = attach(&app, &found, new.clone(), request_fingerprint.clone()).await?;
        let is_done = app.store().save_offer_in(&found.campaign.with_changed_offers()?, &offer).await?;
        // Another write of the campaign or the offer came first, perhaps an earlier try of this request.
        Ok(if is_done { TryResult::Done(OfferView::from(&offer)) } else { TryResult::Conflict(()) })
    };
    Ok(Created(retry(BusyReason::Campaign, (), attempt).await?))
}

async fn attach(
    app: &App,
    found: &CampaignWithOffers,
    new: NewOffer,
    request_fingerprint: Option<KeyedFingerprint>,
) -> Result<Offer> {
    if found.campaign.deleted {
        return Err(Error::not_found("event"));
    }
    let reward = app.store().get_reward(&new.reward_id).await?;
    let before = found.removed.iter().find(|offer| offer.reward_id == new.reward_id);
    let offer =
        Offer::attach(found.campaign.id.clone(), reward, new, request_fingerprint, before, app.now())?;
    let others = || found.all_offers().filter(|other| other.reward_id != offer.reward_id);
    let condition = &found.campaign.condition;
    let size = ClaimSize::of(condition, others().chain([&offer]));
    size.check(&ClaimSize::of(condition, found.all_offers()), "condition")?;
    Ok(offer)
}

/// Finds among `offers`, which include removed ones, the event reward that an earlier try of the request
/// attached. `None` when there is none.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED` when a different request used the `Idempotency-Key`; `REWARD_ALREADY_ATTACHED`
/// when any other request attached this reward.
fn earlier<'a>(
    offers: impl IntoIterator<Item = &'a Offer>,
    reward: &RewardId,
    request_fingerprint: Option<&KeyedFingerprint>,
) -> Result<Option<&'a Offer>> {
    let mut is_attached = false;
    for offer in offers {
        for there in offer.fingerprints() {
            if let Some(given) = request_fingerprint
                && there.is_same(given)?
            {
                return Ok(Some(offer));
            }
        }
        is_attached |= offer.reward_id == *reward && !offer.removed;
    }
    if is_attached {
        return Err(Error::refused(
            Code::RewardAlreadyAttached,
            "This reward is attached to this event already; update it instead.",
        ));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::Timestamp;
    use domain::ids::UserId;
    use domain::rewards::{Fulfilment, Reward, RewardPayload};
    use serde_json::json;

    fn offer(request_fingerprint: Option<KeyedFingerprint>) -> Offer {
        let reward = Reward {
            code_uploads: 0,
            codes_offered: 0,
            trail: domain::trail::Trail::default(),
            id: RewardId::new("1"),
            name: "points".into(),
            payload: RewardPayload::Points(domain::Points(5)),
            fulfilment: Fulfilment::Internal,
            expires_at: None,
            code_buckets: 0,
            created_at: Timestamp::from_millis(0),
            created_by: UserId::new("1"),
            request_fingerprint: None,
        };
        let new: NewOffer = serde_json::from_value(json!({"reward_id": "rwd_1"})).unwrap();
        Offer::attach(CampaignId::new("1"), reward, new, request_fingerprint, None, Timestamp::from_millis(0))
            .unwrap()
    }

    fn fingerprint_of(key: &str, body: &str) -> Option<KeyedFingerprint> {
        Some(KeyedFingerprint::new(&["usr_1", "route"], key, body))
    }

    #[test]
    fn a_repeat_is_told_from_another_request() {
        let offers = [offer(fingerprint_of("k", "b"))];
        let (same, other) = (RewardId::new("1"), RewardId::new("2"));
        let code = |reward: &RewardId, request_fingerprint: Option<KeyedFingerprint>| {
            earlier(&offers, reward, request_fingerprint.as_ref()).map_err(|e| e.code)
        };
        assert_eq!(code(&same, fingerprint_of("k", "b")), Ok(Some(&offers[0])));
        assert_eq!(code(&same, fingerprint_of("k", "c")), Err(Code::IdempotencyKeyReused));
        assert_eq!(code(&other, fingerprint_of("k", "c")), Err(Code::IdempotencyKeyReused));
        assert_eq!(code(&same, fingerprint_of("l", "b")), Err(Code::RewardAlreadyAttached));
        assert_eq!(code(&same, None), Err(Code::RewardAlreadyAttached));
        assert_eq!(code(&other, None), Ok(None));
    }

    #[test]
    fn late_repeat_does_not_attach_again_what_was_taken_out() {
        let reward = RewardId::new("1");
        let first = offer(fingerprint_of("k", "b")).remove().unwrap();
        let found = |offer: &Offer, key, body| {
            let found = earlier([offer], &reward, fingerprint_of(key, body).as_ref());
            found.map(|found| found.is_some()).map_err(|error| error.code)
        };
        assert_eq!(found(&first, "k", "b"), Ok(true));
        assert_eq!(found(&first, "k", "c"), Err(Code::IdempotencyKeyReused));
        assert_eq!(found(&first, "l", "b"), Ok(false), "another request attaches it again");
        let again = Offer {
            request_fingerprint: fingerprint_of("l", "b"),
            earlier_fingerprints: first.fingerprints().cloned().collect(),
            ..first
        };
        assert_eq!(found(&again, "k", "b"), Ok(true), "also after another request has attached it again");
    }
}
