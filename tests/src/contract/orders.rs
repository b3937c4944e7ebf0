//! Contract of orders and their units: an order gets all of its units or none, units are returned or sold
//! once, and an order is refused only if the units are not available.

use crate::assert_each_eq;
use domain::deals::Deal;
use domain::ids::{OrderId, PaymentId, UserId};
use domain::orders::{self, BucketAction, Buyer, Order, OrderEndReason};
use domain::stock::{BucketHold, OrderPart, Stock, StockCounts};
use domain::{Code, Quantity, Timestamp};
use store::{HeldUnits, Saved, Store, UnitHold};
use tokio::task::JoinSet;

use super::deals::deal;
use super::samples::user;
use super::{ContractBackend, at};

fn id(name: impl std::fmt::Display) -> OrderId {
    OrderId::new(user(name), "1")
}

/// Returns the first version of an order by `name` that has reserved `units`.
fn order(name: &str, deal: &Deal, units: &HeldUnits) -> Order {
    let buyer = Buyer { id: id(name), queue_position: None, request_fingerprint: None };
    Order::reserve(buyer, deal, units.parts.clone(), units.until, at(0))
}

/// Takes units at second 0, on an instance with an empty cache.
async fn take(
    backend: &ContractBackend,
    stock: &Stock,
    name: &str,
    quantity: u32,
) -> domain::Result<HeldUnits> {
    backend.store().take_units(stock, &id(name), Quantity(quantity), at(300), at(0)).await
}

async fn counts(backend: &ContractBackend, stock: &Stock) -> (u32, u32, u32) {
    let StockCounts { left, reserved, sold } = backend.store().count_units(stock).await.unwrap();
    (left.0, reserved.0, sold.0)
}

async fn refused(backend: &ContractBackend, stock: &Stock, quantity: u32) -> u64 {
    let error = take(backend, stock, "late", quantity).await.unwrap_err();
    assert_eq!(error.code, Code::InsufficientStock);
    let details = error.details.unwrap();
    assert_eq!(details["requested"], quantity);
    details["available"].as_u64().unwrap()
}

/// Checks that a repeated request finds the units that it took, with the expiry of its first attempt, and
/// that units are returned or sold once.
pub async fn what_is_taken_is_found_again(backend: &ContractBackend) {
    let (store, stock) = (backend.store(), deal("a", 12, 0).stock());
    assert_eq!(counts(backend, &stock).await, (12, 0, 0), "full before anybody came");
    let ann = take(backend, &stock, "ann", 3).await.unwrap();
    assert_eq!(take(backend, &stock, "ann", 3).await.unwrap(), ann);
    let later = store.take_units(&stock, &id("ann"), Quantity(3), at(999), at(9)).await.unwrap();
    assert_eq!(later, ann, "it is held for as long as the first try said");
    let bucket = ann.parts[0].bucket;
    let holds = store.list_unit_holds(&stock, &[bucket]).await.unwrap();
    let hold = BucketHold::Held { quantity: Quantity(3), until: at(300) };
    assert_eq!(holds, [UnitHold { bucket, order_id: id("ann"), hold }]);
    let bob = take(backend, &stock, "bob", 2).await.unwrap();
    assert_eq!(counts(backend, &stock).await, (7, 5, 0));
    for _ in 0..2 {
        store.settle_units(&stock, &id("bob"), &bob.parts).await.unwrap();
        store.give_back_units(&stock, &id("ann"), &ann.parts).await.unwrap();
        assert_eq!(counts(backend, &stock).await, (10, 0, 2));
    }
    // Sold units stay sold: a late repeat of the request takes no more, and a return is refused.
    assert_eq!(take(backend, &stock, "bob", 2).await.unwrap().parts, bob.parts);
    assert_eq!(
        store.give_back_units(&stock, &id("bob"), &bob.parts).await.unwrap_err().code,
        Code::InternalError
    );
    assert_eq!(
        store.settle_units(&stock, &id("ann"), &ann.parts).await.unwrap_err().code,
        Code::InternalError
    );
    assert_eq!(counts(backend, &stock).await, (10, 0, 2));
}

/// Checks that several buckets together serve an order that no single bucket can, with all units or none, and
/// that an order of more units than are left is refused.
pub async fn several_buckets_give_what_none_has(backend: &ContractBackend) {
    let (store, stock) = (backend.store(), deal("b", 36, 0).stock());
    let mut all = Vec::new();
    for name in ["ann", "bob", "cid"] {
        let units = take(backend, &stock, name, 10).await.unwrap();
        assert_eq!(units.parts.len(), 1, "a bucket of its own");
        all.push((name, units));
    }
    assert_eq!(refused(backend, &stock, 7).await, 6);
    assert_eq!(counts(backend, &stock).await, (6, 30, 0));
    let dan = take(backend, &stock, "dan", 5).await.unwrap();
    assert_each_eq!((dan.parts.len(), 3), (dan.until, at(300)));
    assert_eq!(refused(backend, &stock, 2).await, 1);
    all.push(("dan", dan));
    all.push(("eve", take(backend, &stock, "eve", 1).await.unwrap()));
    assert_eq!(counts(backend, &stock).await, (0, 36, 0));
    assert_eq!(refused(backend, &stock, 1).await, 0);
    for (name, units) in all {
        store.give_back_units(&stock, &id(name), &units.parts).await.unwrap();
    }
    assert_eq!(counts(backend, &stock).await, (36, 0, 0));
    for number in 0..36 {
        take(backend, &stock, &number.to_string(), 1).await.unwrap();
    }
    assert_eq!(refused(backend, &stock, 1).await, 0);
}

/// Checks that the last bucket of a stock, which is smaller, never gives more than it has.
pub async fn a_short_bucket_gives_no_more_than_it_has(backend: &ContractBackend) {
    let stock = deal("c", 14, 0).stock();
    for number in 0..14 {
        // Many of the orders start with the last bucket, which has two units.
        let _ = take(backend, &stock, &number.to_string(), 3).await;
    }
    let (left, reserved, _) = counts(backend, &stock).await;
    assert_each_eq!((left, 2), (reserved, 12));
    assert_eq!(refused(backend, &stock, 3).await, 2);
    assert!(take(backend, &stock, "ann", 2).await.is_ok());
}

/// Checks that units returned to an empty bucket can be taken at once by the instance that returned them, and
/// within a second by others.
pub async fn what_comes_back_is_had_again(backend: &ContractBackend) {
    let (store, elsewhere, stock) = (backend.store(), backend.store(), deal("d", 12, 0).stock());
    let ann = take(backend, &stock, "ann", 10).await.unwrap();
    let bob = store.take_units(&stock, &id("bob"), Quantity(2), at(300), at(0)).await.unwrap();
    let cid = |store: &Store, second| {
        let (store, stock) = (store.clone(), stock.clone());
        async move { store.take_units(&stock, &id("cid"), Quantity::ONE, at(300), at(second)).await }
    };
    assert_eq!(cid(&store, 0).await.unwrap_err().code, Code::InsufficientStock);
    assert_eq!(cid(&elsewhere, 0).await.unwrap_err().code, Code::InsufficientStock);
    store.give_back_units(&stock, &id("bob"), &bob.parts).await.unwrap();
    assert_eq!(cid(&elsewhere, 0).await.unwrap_err().code, Code::InsufficientStock, "as of a moment ago");
    let units = cid(&store, 0).await.unwrap();
    assert_eq!(cid(&elsewhere, 1).await.unwrap(), units, "a second later");
    store.give_back_units(&stock, &id("ann"), &ann.parts).await.unwrap();
    assert_eq!(counts(backend, &stock).await, (11, 1, 0));
}

/// Checks that each of many concurrent orders on several instances gets all of its units or none, and that no
/// unit is given twice.
pub async fn a_race_for_units_ends_even(backend: &ContractBackend) {
    const UNITS: u32 = 50;
    let stock = deal("e", UNITS, 0).stock();
    let stores: Vec<Store> = (0..4).map(|_| backend.store()).collect();
    let mut racers = JoinSet::new();
    for number in 0..60_u32 {
        let (store, stock) = (stores[number as usize % stores.len()].clone(), stock.clone());
        racers.spawn(async move {
            let quantity = number % 4 + 1;
            for _ in 0..20 {
                match store.take_units(&stock, &id(number), Quantity(quantity), at(300), at(0)).await {
                    Err(error) if error.code == Code::Busy => {}
                    outcome => return (quantity, outcome),
                }
            }
            panic!("always busy");
        });
    }
    let mut taken = 0;
    let mut smallest_refused = u32::MAX;
    for (quantity, outcome) in racers.join_all().await {
        match outcome {
            Ok(units) => {
                assert_eq!(units.parts.iter().map(|part| part.quantity).sum::<Quantity>(), quantity);
                taken += quantity;
            }
            Err(error) => {
                assert_eq!(error.code, Code::InsufficientStock, "{error:?}");
                smallest_refused = smallest_refused.min(quantity);
            }
        }
    }
    assert_eq!(counts(backend, &stock).await, (UNITS - taken, taken, 0));
    assert!(UNITS - taken < smallest_refused, "{taken} taken, {smallest_refused} refused");
}

/// Checks that the units of an order that was never written are returned, that the order then cannot be
/// written, and that the units of a written order are kept, sold or returned by its status.
pub async fn units_follow_their_order(backend: &ContractBackend) {
    let (store, deal) = (backend.store(), deal("f", 24, 0));
    let stock = deal.stock();
    let settle =
        async |name: &str, part: OrderPart| store.settle_hold(&deal, &id(name), part, at(500)).await.unwrap();
    let dead = take(backend, &stock, "dead", 2).await.unwrap();
    for _ in 0..2 {
        assert_eq!(settle("dead", dead.parts[0]).await, BucketAction::GiveBack);
    }
    let Saved::Conflict(Some(there)) = store.save_order(&order("dead", &deal, &dead)).await.unwrap() else {
        panic!("a late request has written its order");
    };
    assert_each_eq!((there.status, orders::OrderStatus::Failed), (there.quantity, Quantity(2)));
    assert_eq!(counts(backend, &stock).await, (24, 0, 0));

    let units = take(backend, &stock, "ann", 2).await.unwrap();
    let ann = order("ann", &deal, &units);
    assert_eq!(store.save_order(&ann).await.unwrap(), Saved::Done);
    assert_eq!(store.save_order(&ann).await.unwrap(), Saved::Done, "a repeat");
    assert_eq!(settle("ann", units.parts[0]).await, BucketAction::Keep);
    let elsewhere = OrderPart { bucket: 1 - units.parts[0].bucket, quantity: Quantity(2) };
    assert_eq!(settle("ann", elsewhere).await, BucketAction::GiveBack, "what a slower try took");
    let paid = ann.pay(PaymentId::new(user("ann"), 1), at(1)).unwrap();
    assert_eq!(store.save_order(&paid).await.unwrap(), Saved::Done);
    for _ in 0..2 {
        assert_eq!(settle("ann", units.parts[0]).await, BucketAction::Settle);
        assert_eq!(counts(backend, &stock).await, (22, 0, 2));
    }
    let units = take(backend, &stock, "bob", 2).await.unwrap();
    let bob = order("bob", &deal, &units);
    assert_eq!(store.save_order(&bob).await.unwrap(), Saved::Done);
    let canceled = bob.cancel(Some(user("bob")), OrderEndReason::Requested, at(1)).unwrap();
    assert_eq!(store.save_order(&canceled).await.unwrap(), Saved::Done);
    assert_eq!(
        store.save_order(&bob.expire(at(300))).await.unwrap(),
        Saved::Conflict(Some(Box::new(canceled)))
    );
    for _ in 0..2 {
        assert_eq!(settle("bob", units.parts[0]).await, BucketAction::GiveBack);
        assert_eq!(counts(backend, &stock).await, (22, 0, 2));
    }
}

/// Checks that a user's own orders are read in descending order of their ids.
pub async fn ones_own_orders_are_in_order(backend: &ContractBackend) {
    let (store, deal) = (backend.store(), deal("g", 24, 0));
    let units = HeldUnits { parts: vec![OrderPart { bucket: 0, quantity: Quantity::ONE }], until: at(300) };
    let mut all = Vec::new();
    for name in ["3", "1", "2"] {
        let order = Order { id: OrderId::new(user("ann"), name), ..order("ann", &deal, &units) };
        assert_eq!(store.save_order(&order).await.unwrap(), Saved::Done);
        assert_eq!(store.get_order(&order.id).await.unwrap(), order);
        all.push(order);
    }
    all.sort_by(|one, other| other.id.cmp(&one.id));
    let ann: UserId = user("ann");
    assert_eq!(store.get_orders_after_eventual(&ann, None, 10).await.unwrap(), all);
    assert_eq!(store.get_orders_after_eventual(&ann, None, 2).await.unwrap(), all[..2]);
    assert_eq!(store.get_orders_after_eventual(&user("bob"), None, 10).await.unwrap(), []);
    assert_eq!(store.get_order(&id("bob")).await.unwrap_err().code, Code::NotFound);
}

/// Checks that a bucket whose units do not add up is not used: taking, returning, settling and counting its
/// units fail with an internal error that marks the item as inconsistent, and nothing panics.
pub async fn a_bucket_that_contradicts_itself_is_refused(backend: &ContractBackend) {
    let (store, deal) = (backend.store(), deal("n", 12, 10));
    let stock = deal.stock();
    let take = async |name: &str| store.take_units(&stock, &id(name), Quantity(2), at(300), at(0)).await;
    let units = take("ann").await.unwrap();
    take("ben").await.unwrap();
    backend.corrupt(&stock, 0, 9).await;
    let store = backend.store();
    let before = store.list_unit_holds(&stock, &[0]).await.unwrap();
    let broken = |outcome: domain::Result<()>| {
        let error = outcome.unwrap_err();
        assert!(error.is_broken() && error.code == Code::InternalError, "{error}");
    };
    broken(store.give_back_units(&stock, &id("ben"), &units.parts).await);
    broken(store.count_units(&stock).await.map(drop));
    assert_eq!(store.list_unit_holds(&stock, &[0]).await.unwrap(), before, "nothing is written");
    broken(store.take_units(&stock, &id("cyd"), Quantity(2), at(300), at(0)).await.map(drop));
    broken(store.settle_units(&stock, &id("ann"), &units.parts).await);
    backend.corrupt(&stock, 0, 6).await;
    store.give_back_units(&stock, &id("ben"), &units.parts).await.unwrap();
    assert_eq!(counts(backend, &stock).await, (8, 2, 2), "all goes on once it is repaired");
}

/// Checks that the list of a user's orders is newest first, and has the orders that the previous version
/// wrote.
pub async fn orders_of_the_version_before_are_listed(backend: &ContractBackend) {
    let (store, deal, ann) = (backend.store(), deal("i", 24, 0), user("ann"));
    let units = HeldUnits { parts: vec![OrderPart { bucket: 0, quantity: Quantity::ONE }], until: at(300) };
    let mut all = Vec::new();
    for (name, seconds) in [("b", 3), ("c", 2), ("a", 2), ("d", 1)] {
        let id = OrderId::new(ann.clone(), name);
        let order = Order { id: id.clone(), created_at: at(seconds), ..order("ann", &deal, &units) };
        assert_eq!(store.save_order(&order).await.unwrap(), Saved::Done);
        all.push((at(seconds), id));
    }
    for (_, id) in &all[1..3] {
        backend.take_out_of_list(id).await;
    }
    let places = async |after: Option<&(Timestamp, OrderId)>, limit| {
        store.get_order_positions_eventual(&ann, after, limit).await.unwrap()
    };
    // The first read enters the orders without list keys; the second finds none left and writes the marker.
    for _ in 0..2 {
        assert_eq!(places(None, 2).await, all, "without a marker it is every order");
    }
    assert_eq!(places(None, 2).await, all[..2], "from the index");
    assert_eq!(places(Some(&all[1]), 10).await, all[2..]);
    // A function of the previous version still writes orders without list keys, which the relay enters.
    backend.take_out_of_list(&all[0].1).await;
    assert_eq!(places(None, 10).await, all[1..]);
    let unlisted = store.get_order(&all[0].1).await.unwrap();
    for _ in 0..2 {
        store.index_order(&unlisted).await.unwrap();
        assert_eq!(places(None, 10).await, all);
    }
    let ids: Vec<OrderId> = all.iter().map(|(_, id)| id.clone()).collect();
    let orders = store.get_orders_eventual(&ids).await.unwrap();
    assert_eq!(orders.into_iter().map(|order| order.id).collect::<Vec<_>>(), ids);
}

/// Checks that a repeated write of an order's version is recognized as done even after later versions were
/// written.
pub async fn write_of_an_order_is_known_after_later_writes(backend: &ContractBackend) {
    let (store, deal) = (backend.store(), deal("j", 24, 0));
    let units = HeldUnits { parts: vec![OrderPart { bucket: 0, quantity: Quantity::ONE }], until: at(300) };
    let new = order("ann", &deal, &units);
    let asked = new.ask_payment(None, at(1)).unwrap();
    let canceled = asked.cancel(Some(user("ann")), OrderEndReason::Requested, at(2)).unwrap();
    let noted = canceled.record_late_payment("usr_ann:1:1", at(3));
    for version in [&new, &asked, &canceled, &noted, &canceled, &asked] {
        assert_eq!(store.save_order(version).await.unwrap(), Saved::Done, "{version:?}");
    }
    let by_dibs = asked.cancel(None, OrderEndReason::DealCanceled, at(2)).unwrap();
    assert_eq!(store.save_order(&by_dibs).await.unwrap(), Saved::Conflict(Some(Box::new(noted.clone()))));
    assert_eq!(
        store.save_order(&new).await.unwrap(),
        Saved::Conflict(Some(Box::new(noted))),
        "a create is known by its id"
    );
}
