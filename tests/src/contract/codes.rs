//! Contract of code pools: each code is added once and given out once.

use crate::assert_each_eq;
use std::collections::BTreeSet;

use domain::Code;
use domain::claims::HeldUnit;
use domain::ids::{CampaignId, RewardId};
use domain::messages::{CheckReservation, holder_name};
use domain::rewards::code_pool;
use domain::stock::{Stock, code_buckets_for};
use store::{CodeUpload, Holder};
use tokio::task::JoinSet;

use super::samples::user;
use super::{ContractBackend, at};

fn pool(name: &str, codes: u32) -> Stock {
    code_pool(&RewardId::new(name), code_buckets_for(codes))
}

fn codes(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|number| format!("CODE-{number:04}")).collect()
}

fn holder(name: impl std::fmt::Display) -> Holder {
    holder_in("spring", name)
}

fn holder_in(campaign: &str, name: impl std::fmt::Display) -> Holder {
    Holder { name: holder_name(&user(name), 1, Some(&CampaignId::new(campaign))), version: 1 }
}

/// Returns the message that returns the unit `held`, which the user `name` took in `campaign`.
fn reservation(held: &HeldUnit, campaign: &str, name: &str) -> CheckReservation {
    CheckReservation {
        stock: held.stock.clone(),
        codes: true,
        bucket: held.bucket,
        user_id: user(name),
        number: 1,
        campaign_id: CampaignId::new(campaign),
        version: held.version,
    }
}

/// Checks that a code that is or was in the pool is reported as a duplicate and not added again.
pub async fn a_code_comes_in_once(backend: &ContractBackend) {
    let (store, pool) = (backend.store(), pool("a", 100));
    let mut twice = codes(0..100);
    twice.push("CODE-0007".to_owned());
    let upload = store.add_codes(&pool, &twice).await.unwrap();
    assert_eq!(upload, CodeUpload { added: 100, duplicates: vec!["CODE-0007".to_owned()] });
    let given = store.take(&pool, &holder("ann"), at(0)).await.unwrap().code.expect("a code");
    let again = store.add_codes(&pool, &codes(50..150)).await.unwrap();
    assert_each_eq!((again.added, 50), (again.duplicates.len(), 50));
    let known = store.add_codes(&pool, std::slice::from_ref(&given)).await.unwrap();
    assert_eq!(known, CodeUpload { added: 0, duplicates: vec![given] }, "it was given out");
    assert_eq!(store.add_codes(&pool, &[]).await.unwrap(), CodeUpload::default());
}

/// Checks that concurrent uploads of the same codes put each code into the pool once.
pub async fn the_same_codes_at_once_come_in_once(backend: &ContractBackend) {
    let pool = pool("b", 60);
    let mut uploads = JoinSet::new();
    for _ in 0..4 {
        let (store, pool) = (backend.store(), pool.clone());
        uploads.spawn(async move { store.add_codes(&pool, &codes(0..60)).await });
    }
    let uploads: Vec<CodeUpload> = uploads.join_all().await.into_iter().map(Result::unwrap).collect();
    // Two uploads that write the same code at once cannot be told apart, so both may count it as added.
    assert!(uploads.iter().map(|upload| upload.added).sum::<usize>() >= 60, "{uploads:?}");
    assert!(uploads.iter().all(|upload| upload.added + upload.duplicates.len() == 60), "{uploads:?}");
    let store = backend.store();
    let mut given = BTreeSet::new();
    for index in 0..60 {
        let code = store.take(&pool, &holder(index), at(0)).await.unwrap().code.expect("a code");
        assert!(given.insert(code), "it was given twice");
    }
    assert_eq!(given, codes(0..60).into_iter().collect());
    assert_eq!(store.take(&pool, &holder("late"), at(0)).await.unwrap_err().code, Code::OutOfStock);
}

/// Checks that an empty pool is sold out, and that added and returned codes are visible within a second.
pub async fn a_pool_that_fills_again_is_seen(backend: &ContractBackend) {
    let (store, pool) = (backend.store(), pool("c", 8));
    assert_eq!(store.take(&pool, &holder("ann"), at(0)).await.unwrap_err().code, Code::OutOfStock);
    store.add_codes(&pool, &codes(0..1)).await.unwrap();
    let held = store.take(&pool, &holder("ann"), at(1)).await.unwrap();
    assert_eq!(held.code.as_deref(), Some("CODE-0000"));
    let again = store.retake(&pool, &holder("ann"), &held).await.unwrap();
    assert_eq!(again, Some(held.clone()), "a repeat has the same code");
    assert_eq!(store.take(&pool, &holder("bob"), at(1)).await.unwrap_err().code, Code::OutOfStock);
    let back = reservation(&held, "spring", "ann");
    assert!(store.give_back(&back).await.unwrap());
    assert!(!store.give_back(&back).await.unwrap());
    let again = store.take(&pool, &holder("bob"), at(3)).await.unwrap();
    assert_eq!(again.code.as_deref(), Some("CODE-0000"));
    store.add_codes(&pool, &codes(1..3)).await.unwrap();
    for name in ["cid", "dan"] {
        store.take(&pool, &holder(name), at(5)).await.unwrap();
    }
    assert_eq!(store.take(&pool, &holder("eve"), at(5)).await.unwrap_err().code, Code::OutOfStock);
}

/// Checks that the only code of a pool sized for 10,000 codes is found, and that the pool is otherwise sold
/// out.
pub async fn a_large_pool_may_hold_little(backend: &ContractBackend) {
    let (store, pool) = (backend.store(), pool("e", 10_000));
    assert_eq!(store.take(&pool, &holder("ann"), at(0)).await.unwrap_err().code, Code::OutOfStock);
    store.add_codes(&pool, &codes(0..1)).await.unwrap();
    assert!(store.take(&pool, &holder("ann"), at(1)).await.is_ok());
    assert_eq!(store.take(&pool, &holder("bob"), at(1)).await.unwrap_err().code, Code::OutOfStock);
}

/// Checks that a pool serves several campaigns: a user can hold a code for each of them, and a return
/// releases the code of the named campaign.
pub async fn a_user_has_a_code_in_each_campaign(backend: &ContractBackend) {
    let (store, pool) = (backend.store(), pool("f", 1));
    store.add_codes(&pool, &codes(0..2)).await.unwrap();
    let spring = store.take(&pool, &holder_in("spring", "ann"), at(0)).await.unwrap();
    let summer = store.take(&pool, &holder_in("summer", "ann"), at(0)).await.unwrap();
    assert_ne!(spring.code, summer.code);
    assert!(store.give_back(&reservation(&spring, "spring", "ann")).await.unwrap());
    let again = store.take(&pool, &holder("bob"), at(2)).await.unwrap();
    assert_eq!(again.code, spring.code);
}

/// Checks that a user keeps the code of one campaign when the code that they took for another is returned,
/// since that other request died before it wrote its claim (simulation seed 36).
pub async fn return_in_one_campaign_keeps_the_code_of_another(backend: &ContractBackend) {
    let (store, pool) = (backend.store(), pool("g", 1));
    store.add_codes(&pool, &codes(0..2)).await.unwrap();
    let spring = store.take(&pool, &holder_in("spring", "ann"), at(0)).await.unwrap();
    let later = Holder { version: 2, ..holder_in("summer", "ann") };
    let summer = store.take(&pool, &later, at(0)).await.unwrap();
    assert!(store.give_back(&reservation(&summer, "summer", "ann")).await.unwrap());
    let bob = store.take(&pool, &holder("bob"), at(2)).await.unwrap();
    assert_ne!(bob.code, spring.code, "which ann has");
    assert_eq!(store.take(&pool, &holder("cid"), at(4)).await.unwrap_err().code, Code::OutOfStock);
    let held = store.retake(&pool, &holder_in("spring", "ann"), &spring).await.unwrap();
    assert_eq!(held, Some(spring), "ann has it still");
}

/// Checks that 24 of 60 concurrent users get a different code each, and that the others get `OUT_OF_STOCK`.
pub async fn a_race_for_codes_ends_even(backend: &ContractBackend) {
    let pool = pool("d", 24);
    backend.store().add_codes(&pool, &codes(0..24)).await.unwrap();
    let mut racers = JoinSet::new();
    for index in 0..60 {
        let (store, pool) = (backend.store(), pool.clone());
        racers.spawn(async move { store.take(&pool, &holder(index), at(0)).await });
    }
    let outcomes = racers.join_all().await;
    let given: Vec<String> =
        outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()?.code.clone()).collect();
    assert_eq!(given.iter().collect::<BTreeSet<_>>().len(), 24, "{given:?}");
    assert_eq!(given.len(), 24);
    let refused = outcomes.iter().filter_map(|outcome| outcome.as_ref().err());
    assert!(refused.into_iter().all(|error| error.code == Code::OutOfStock));
}
