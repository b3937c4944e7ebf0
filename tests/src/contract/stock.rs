//! Contract of stock: every unit is taken once, returned once, and never lost, under any concurrency.

use crate::assert_each_eq;
use std::collections::BTreeSet;

use domain::claims::HeldUnit;
use domain::ids::CampaignId;
use domain::messages::{CheckReservation, holder_name};
use domain::stock::{Stock, StockKind, StockLayout};
use domain::{Code, Quantity};
use store::{Holder, Store};
use tokio::task::JoinSet;

use super::samples::user;
use super::{ContractBackend, at};

fn units(name: &str, batches: &[u32]) -> Stock {
    Stock {
        kind: StockKind::Rewards,
        id: format!("cmp_{name}.rwd_{name}"),
        layout: StockLayout::Units(batches.iter().copied().map(Quantity).collect()),
    }
}

fn holder(name: impl std::fmt::Display, version: u64) -> Holder {
    Holder { name: holder_name(&user(name), 1, None), version }
}

fn reservation(
    stock: &Stock,
    name: impl std::fmt::Display,
    held: &HeldUnit,
    version: u64,
) -> CheckReservation {
    CheckReservation {
        stock: stock.id.clone(),
        codes: matches!(stock.layout, StockLayout::Codes { .. }),
        bucket: held.bucket,
        user_id: user(name),
        number: 1,
        campaign_id: CampaignId::new("spring"),
        version,
    }
}

/// Returns the holders of all units, bucket by bucket.
async fn holders(store: &Store, stock: &Stock) -> Vec<String> {
    let mut holders = Vec::new();
    for bucket in 0..stock.buckets() {
        holders.extend(store.holds(stock, bucket).await.unwrap().into_iter().map(|(name, _)| name));
    }
    holders
}

/// Checks that each unit is taken once, that a repeat finds the holder's unit, and that the stock is then
/// sold out.
pub async fn every_unit_is_taken_once(backend: &ContractBackend) {
    let (store, stock) = (backend.store(), units("a", &[45, 7]));
    for index in 0..52 {
        let held = store.take(&stock, &holder(index, 1), at(0)).await.unwrap();
        let again = store.retake(&stock, &holder(index, 1), &held).await.unwrap();
        assert_eq!(again, Some(held), "a repeat of {index}, though its bucket may be empty by now");
    }
    let refused = store.take(&stock, &holder("late", 1), at(0)).await.unwrap_err();
    assert_eq!(refused.code, Code::OutOfStock);
    let elsewhere = backend.store().take(&stock, &holder("late", 1), at(0)).await.unwrap_err();
    assert_eq!(elsewhere.code, Code::OutOfStock);
    assert_eq!(holders(&store, &stock).await.into_iter().collect::<BTreeSet<_>>().len(), 52);
}

/// Checks that a repeat finds the unit that the claim holds and moves the hold to the claim's later version,
/// and that a returned unit is taken again only while its bucket has units.
pub async fn a_repeat_finds_its_unit(backend: &ContractBackend) {
    let (store, elsewhere, stock) = (backend.store(), backend.store(), units("g", &[20]));
    let held = store.take(&stock, &holder("ann", 1), at(0)).await.unwrap();
    assert_eq!(store.take(&stock, &holder("ann", 1), at(0)).await.unwrap(), held);
    let of_version = |version| domain::claims::HeldUnit { version, ..held.clone() };
    assert_eq!(elsewhere.take(&stock, &holder("ann", 2), at(0)).await.unwrap(), of_version(2));
    assert_eq!(holders(&store, &stock).await.len(), 1);
    // A unit that was returned in the meantime is taken again if one is left.
    assert!(store.give_back(&reservation(&stock, "ann", &held, 2)).await.unwrap());
    assert_eq!(store.retake(&stock, &holder("ann", 3), &held).await.unwrap(), Some(of_version(3)));
    assert!(store.give_back(&reservation(&stock, "ann", &held, 3)).await.unwrap());
    for index in 0..20 {
        store.take(&stock, &holder(index, 1), at(5)).await.unwrap();
    }
    assert_eq!(store.retake(&stock, &holder("ann", 4), &held).await.unwrap(), None);
}

/// Checks that 45 of 120 concurrent users on several instances get one of 45 units, and the others
/// `OUT_OF_STOCK`.
pub async fn a_race_for_units_ends_even(backend: &ContractBackend) {
    let stock = units("b", &[45]);
    let stores: Vec<Store> = (0..4).map(|_| backend.store()).collect();
    let mut racers = JoinSet::new();
    for index in 0..120 {
        let (store, stock) = (stores[index % stores.len()].clone(), stock.clone());
        racers.spawn(async move { (index, store.take(&stock, &holder(index, 1), at(0)).await) });
    }
    let (mut taken, mut refused) = (BTreeSet::new(), 0);
    for (index, outcome) in racers.join_all().await {
        match outcome {
            Ok(_) => assert!(taken.insert(holder(index, 1).name)),
            Err(error) => {
                assert_eq!(error.code, Code::OutOfStock, "{error:?}");
                refused += 1;
            }
        }
    }
    assert_each_eq!((taken.len(), 45), (refused, 75));
    assert_eq!(holders(&stores[0], &stock).await.into_iter().collect::<BTreeSet<_>>(), taken);
}

/// Checks that a returned unit can be taken within a second on another instance, by one user, and is returned
/// once.
pub async fn a_unit_given_back_is_had_again(backend: &ContractBackend) {
    let (store, elsewhere, stock) = (backend.store(), backend.store(), units("c", &[1]));
    let held = store.take(&stock, &holder("ann", 3), at(0)).await.unwrap();
    assert_eq!(elsewhere.take(&stock, &holder("bob", 1), at(0)).await.unwrap_err().code, Code::OutOfStock);
    assert!(!store.give_back(&reservation(&stock, "ann", &held, 2)).await.unwrap(), "for another version");
    assert!(!store.give_back(&reservation(&stock, "bob", &held, 0)).await.unwrap(), "who has none");
    assert!(store.give_back(&reservation(&stock, "ann", &held, 3)).await.unwrap());
    assert!(!store.give_back(&reservation(&stock, "ann", &held, 3)).await.unwrap(), "it is back already");
    assert_eq!(holders(&store, &stock).await, Vec::<String>::new());
    assert!(elsewhere.take(&stock, &holder("bob", 1), at(1)).await.is_ok(), "a second later");
    assert_eq!(store.take(&stock, &holder("cid", 1), at(2)).await.unwrap_err().code, Code::OutOfStock);
    // A return with version 0 matches a hold of any version, for a caller who knows that the claim held the
    // unit.
    assert!(store.give_back(&reservation(&stock, "bob", &held, 0)).await.unwrap());
    assert!(store.take(&stock, &holder("cid", 1), at(4)).await.is_ok());
}

/// Checks that a unit that is held again for a later version of the claim is not returned for the earlier
/// version.
pub async fn a_later_version_fences_an_earlier_return(backend: &ContractBackend) {
    let (store, stock) = (backend.store(), units("d", &[5]));
    let held = store.take(&stock, &holder("ann", 1), at(0)).await.unwrap();
    let again = store.take(&stock, &holder("ann", 2), at(0)).await.unwrap();
    assert_eq!(again, domain::claims::HeldUnit { version: 2, ..held.clone() }, "the same unit");
    assert!(!store.give_back(&reservation(&stock, "ann", &held, 1)).await.unwrap());
    assert_eq!(holders(&store, &stock).await.len(), 1);
    assert!(store.give_back(&reservation(&stock, "ann", &held, 2)).await.unwrap());
    assert_eq!(holders(&store, &stock).await.len(), 0);
}

/// Checks that after concurrent takes and returns no unit is held, and exactly the original number can be
/// taken.
pub async fn units_survive_takers_and_givers_at_once(backend: &ContractBackend) {
    const UNITS: u32 = 30;
    const ROUNDS: u64 = 6;
    let stock = units("e", &[UNITS]);
    let mut everybody = JoinSet::new();
    for name in 0..60 {
        let (store, stock) = (backend.store(), stock.clone());
        everybody.spawn(async move {
            for round in 1..=ROUNDS {
                let moment = at(i64::try_from(round).unwrap() * 10);
                let Ok(held) = store.take(&stock, &holder(name, round), moment).await else { continue };
                let back = reservation(&stock, name, &held, round);
                // Both returns run at once, like a message that is delivered twice. `BUSY` asks for a retry.
                let (one, other) = tokio::join!(store.give_back(&back), store.give_back(&back));
                let mut done = one.is_ok() && other.is_ok();
                for _ in 0..50 {
                    if done {
                        break;
                    }
                    done = store.give_back(&back).await.is_ok();
                }
                assert!(done, "{name} could not give back");
            }
        });
    }
    everybody.join_all().await;
    let store = backend.store();
    assert_eq!(holders(&store, &stock).await, Vec::<String>::new());
    for index in 0..UNITS {
        store.take(&stock, &holder(format!("after-{index}"), 1), at(1_000)).await.unwrap();
    }
    let refused = store.take(&stock, &holder("late", 1), at(2_000)).await.unwrap_err();
    assert_eq!(refused.code, Code::OutOfStock);
}

/// Checks that units of a limit that was raised later can be taken although the stock was sold out before.
pub async fn a_raised_limit_is_seen(backend: &ContractBackend) {
    let (store, small) = (backend.store(), units("f", &[2]));
    for index in 0..2 {
        store.take(&small, &holder(index, 1), at(0)).await.unwrap();
    }
    assert_eq!(store.take(&small, &holder("x", 1), at(0)).await.unwrap_err().code, Code::OutOfStock);
    let raised = units("f", &[2, 3]);
    for index in 2..5 {
        store.take(&raised, &holder(index, 1), at(0)).await.unwrap();
    }
    assert_eq!(store.take(&raised, &holder("x", 1), at(0)).await.unwrap_err().code, Code::OutOfStock);
}

/// Checks the index after a process announced the return of a unit and died: the next request finds the stock
/// sold out and corrects the index, later requests only read it, and the unit can still be returned.
pub async fn an_announcement_without_a_unit_is_passed_over(backend: &ContractBackend) {
    let (store, stock) = (backend.store(), units("h", &[3]));
    let mut held = Vec::new();
    for index in 0..3 {
        held.push(store.take(&stock, &holder(index, 1), at(0)).await.unwrap());
    }
    backend.announce(&stock, 0, 1).await;
    let refused = backend.store().take(&stock, &holder("late", 1), at(5)).await.unwrap_err();
    assert_eq!(refused.code, Code::OutOfStock);
    let index = backend.store().get_sold_out_index(&stock, at(5)).await.unwrap();
    assert!(!index.may_have_units(&stock, 0), "the next one only reads");
    assert!(store.give_back(&reservation(&stock, 0, &held[0], 1)).await.unwrap());
    backend.store().take(&stock, &holder("late", 1), at(9)).await.unwrap();
}
