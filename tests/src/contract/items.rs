//! Contract of conditional writes: items are created once, and updated version by version.

use crate::assert_each_eq;
use std::fmt::Debug;

use domain::accounts::{RefreshToken, Session, SessionClient};
use domain::ids::{CampaignId, RewardId, SessionId};
use domain::{Code, Result};
use store::{IdempotencyRecord, Saved, Store};

use super::samples::{account, campaign, claim, offer, reward};
use super::{ContractBackend, at};

fn other<T: Debug>(saved: Result<Saved<T>>) -> Option<T> {
    match saved.expect("an answer") {
        Saved::Conflict(there) => there.map(|there| *there),
        Saved::Done => panic!("it was written"),
    }
}

/// Checks three rules of a write by version: a repeat of a successful write succeeds, a write based on an
/// older version gets the current item, and no version is skipped.
async fn by_versions<T: Clone + PartialEq + Debug>(
    save: impl AsyncFn(&T) -> Result<Saved<T>>,
    versions: [T; 3],
    another_second: T,
) {
    let [first, second, third] = &versions;
    assert_eq!(other(save(second).await), None, "there is nothing to follow");
    assert_eq!(save(first).await.unwrap(), Saved::Done);
    assert_eq!(save(first).await.unwrap(), Saved::Done, "a repeat");
    assert_eq!(other(save(third).await).as_ref(), Some(first), "nobody skips a version");
    assert_eq!(save(second).await.unwrap(), Saved::Done);
    assert_eq!(save(second).await.unwrap(), Saved::Done, "a repeat");
    assert_eq!(other(save(first).await).as_ref(), Some(second));
    assert_eq!(save(third).await.unwrap(), Saved::Done);
    assert_eq!(other(save(&another_second).await).as_ref(), Some(third));
    assert_eq!(other(save(second).await).as_ref(), Some(third));
}

/// Checks that a create and its repeat succeed, and that a create of another item with the same id returns
/// the stored one.
async fn made_once<T: Clone + PartialEq + Debug>(
    create: impl AsyncFn(&T) -> Result<Saved<T>>,
    first: T,
    another: T,
) {
    assert_eq!(create(&first).await.unwrap(), Saved::Done);
    assert_eq!(create(&first).await.unwrap(), Saved::Done, "a repeat");
    assert_eq!(other(create(&another).await), Some(first));
}

/// Checks the rules of `by_versions` for claims.
pub async fn claims_are_written_version_by_version(backend: &ContractBackend) {
    let store = backend.store();
    let first = claim("ann", "spring", 0);
    let second = first.clone().next();
    let third = second.clone().next();
    let mut another = second.clone();
    another.created_at = at(1);
    by_versions(async |claim| store.save_claim(claim).await, [first, second, third.clone()], another).await;
    let campaign = CampaignId::new("spring");
    assert_eq!(store.get_claim(&third.user_id, &campaign).await.unwrap(), third);
    assert_eq!(store.get_claim_eventual(&third.user_id, &campaign).await.unwrap(), Some(third.clone()));
    let nobody = claim("nobody", "spring", 0).user_id;
    assert_eq!(store.get_claim_if_exists(&nobody, &campaign).await.unwrap(), None);
    assert_eq!(store.get_claim(&nobody, &campaign).await.unwrap_err().code, Code::NotFound);
}

/// Checks the rules of `made_once` for campaigns, and that an instance sees its own changes at once and
/// those of other instances within a second.
pub async fn campaigns_are_made_once_and_remembered_for_a_second(backend: &ContractBackend) {
    let (store, elsewhere) = (backend.store(), backend.store());
    let first = campaign("spring", 0);
    let named = |name: &str| domain::campaigns::Campaign { name: name.to_owned(), ..first.clone() };
    made_once(async |one| store.create_campaign(one).await, first.clone(), named("another")).await;
    let seen = async |store: &Store, ms: i64| {
        let now = domain::Timestamp::from_millis(at(0).as_millis() + ms);
        store.get_campaign_cached(&first.id, now).await.unwrap().campaign.clone()
    };
    assert_each_eq!((seen(&store, 0).await, first.clone()), (seen(&elsewhere, 0).await, first.clone()));
    let stored = store.get_campaign(&first.id).await.unwrap();
    let second = domain::campaigns::Campaign { version: 2, name: "summer".to_owned(), ..stored };
    assert_eq!(store.save_campaign(&second).await.unwrap(), Saved::Done);
    assert_eq!(seen(&store, 1).await, second, "its own change");
    assert_eq!(seen(&elsewhere, 999).await, first, "what is remembered");
    assert_eq!(seen(&elsewhere, 1_000).await, second, "what is remembered for no more than a second");
    let gone = domain::campaigns::Campaign { version: 3, deleted: true, ..second };
    assert_eq!(store.save_campaign(&gone).await.unwrap(), Saved::Done);
    assert_eq!(store.get_campaign(&gone.id).await.unwrap_err().code, Code::NotFound);
    assert_eq!(store.get_campaign_cached(&gone.id, at(9)).await.unwrap_err().code, Code::NotFound);
}

/// Checks the rules of `by_versions` for offers, and that a campaign is read with its offers.
pub async fn offers_are_written_version_by_version(backend: &ContractBackend) {
    let store = backend.store();
    let _ = store.create_campaign(&campaign("spring", 0)).await.unwrap();
    let first = offer("spring", "points", Some(20));
    let second = domain::rewards::Offer { version: 2, quantity: domain::Quantity(2), ..first.clone() };
    let third = domain::rewards::Offer { version: 3, removed: true, ..second.clone() };
    let another = domain::rewards::Offer { quantity: domain::Quantity(3), ..second.clone() };
    let versions = [first, second.clone(), third.clone()];
    by_versions(async |offer| store.save_offer(offer).await, versions, another).await;
    let _ = store.save_offer(&offer("spring", "badge", None)).await.unwrap();
    let (spring, points) = (CampaignId::new("spring"), RewardId::new("points"));
    assert_eq!(
        store.get_offer_if_exists(&spring, &points).await.unwrap(),
        Some(third),
        "though it was removed"
    );
    assert_eq!(store.get_offer(&spring, &points).await.unwrap_err().code, Code::NotFound);
    let offers = store.get_campaign_with_offers(&spring).await.unwrap().offers;
    assert_eq!(offers, [offer("spring", "badge", None)], "what was removed is not offered");
}

/// Checks the rules of `made_once` for rewards.
pub async fn rewards_are_made_once(backend: &ContractBackend) {
    let store = backend.store();
    let first = reward("points", 0);
    let another = domain::rewards::Reward { name: "another".to_owned(), ..first.clone() };
    made_once(async |one| store.create_reward(one).await, first.clone(), another).await;
    assert_eq!(store.get_reward(&first.id).await.unwrap(), first);
    assert_eq!(store.get_reward(&RewardId::new("none")).await.unwrap_err().code, Code::NotFound);
}

/// Checks the rules of `by_versions` for sessions.
pub async fn sessions_are_written_version_by_version(backend: &ContractBackend) {
    let store = backend.store();
    let token = |entropy| RefreshToken::new(SessionId::new("one"), [entropy, 0]);
    let ann = account("ann", "ann@example.com", 1);
    let first = Session::begin(&ann, &token(1), SessionClient::default(), at(0));
    let second = first.refreshed(&ann, &token(2), at(1));
    let third = second.refreshed(&ann, &token(3), at(2));
    let another = first.refreshed(&ann, &token(4), at(1));
    let versions = [first.clone(), second, third.clone()];
    by_versions(async |session| store.save_session(session).await, versions, another).await;
    assert_eq!(store.get_session_if_exists(&first.id).await.unwrap(), Some(third));
    // A session can be revoked by a caller that read any earlier version.
    store.revoke_session(first.clone()).await.unwrap();
    assert!(store.get_session_if_exists(&first.id).await.unwrap().is_some_and(|session| session.revoked));
}

/// Checks the rules of `by_versions` for idempotency records.
pub async fn tries_are_written_version_by_version(backend: &ContractBackend) {
    let store = backend.store();
    let first = IdempotencyRecord {
        id: "one".to_owned(),
        request_fingerprint: "body".to_owned(),
        at: at(0),
        answer: None,
        version: 1,
    };
    let answered = |answer: &str, version| IdempotencyRecord {
        answer: Some(answer.to_owned()),
        version,
        ..first.clone()
    };
    let versions = [first.clone(), answered("yes", 2), answered("yes", 3)];
    by_versions(async |one| store.save_idempotency_record(one).await, versions, answered("no", 2)).await;
}
