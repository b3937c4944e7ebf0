//! Deals: units are taken all or none, given back once, sold once, and refused only when they are not there.

use domain::Code;
use domain::deals::{Changes, Deal, HOLD_SECONDS_DEFAULT, Sequence, Status, Summary, UnitsMoved};
use domain::ids::{DealId, OrderId, PaymentId, ProductId, UserId};
use domain::orders::{self, Buyer, Due, Order, Reason};
use domain::products::{self, Category, Product};
use domain::stock::{Counts, Hold, Part, Stock};
use store::list::Part as Page;
use store::{PastDeal, Saved, Store, UnitHold, Units};
use tokio::task::JoinSet;

use super::samples::user;
use super::{Bed, at};

/// A product made `second` seconds after the beginning.
pub(super) fn product(name: &str, second: i64) -> Product {
    Product {
        id: ProductId::new(name),
        name: name.to_owned(),
        description: String::new(),
        price: 45_000,
        image_url: None,
        thumbnail_url: None,
        category: Category::Living,
        status: products::Status::Active,
        created_at: at(second),
        updated_at: None,
        created_by: user("operator"),
        mark: None,
        deals: None,
        version: 1,
    }
}

/// A deal of so many units that begins at some second and lasts a thousand.
pub(super) fn deal(name: &str, stock_quantity: u32, second: i64) -> Deal {
    Deal {
        id: DealId::new(name),
        product: product(name, 0).snapshot(),
        original_price: 45_000,
        deal_price: 29_900,
        stock_quantity,
        starts_at: at(second),
        ends_at: at(second + 1000),
        status: Status::Scheduled,
        hold_seconds: HOLD_SECONDS_DEFAULT,
        queue_id: None,
        created_at: at(0),
        updated_at: None,
        created_by: user("operator"),
        mark: None,
        version: 1,
    }
}

fn id(name: impl std::fmt::Display) -> OrderId {
    OrderId::new(user(name), "1")
}

/// The first version of an order that has `units`.
fn order(name: &str, deal: &Deal, units: &Units) -> Order {
    let buyer = Buyer { id: id(name), place: None, mark: None };
    Order::reserve(buyer, deal, units.parts.clone(), units.until, at(0))
}

/// Takes at some second, on an instance that remembers nothing.
async fn take(bed: &Bed, stock: &Stock, name: &str, quantity: u32) -> domain::Result<Units> {
    bed.store().take_units(stock, &id(name), quantity, at(300), at(0)).await
}

async fn counts(bed: &Bed, stock: &Stock) -> (u32, u32, u32) {
    let Counts { left, reserved, sold } = bed.store().count_units(stock).await.unwrap();
    (left, reserved, sold)
}

async fn refused(bed: &Bed, stock: &Stock, quantity: u32) -> u64 {
    let error = take(bed, stock, "late", quantity).await.unwrap_err();
    assert_eq!(error.code, Code::InsufficientStock);
    let details = error.details.unwrap();
    assert_eq!(details["requested"], quantity);
    details["available"].as_u64().unwrap()
}

/// A repeat finds what was taken, whatever time it says, and gives back or sells it once.
pub async fn what_is_taken_is_found_again(bed: &Bed) {
    let (store, stock) = (bed.store(), deal("a", 12, 0).stock());
    assert_eq!(counts(bed, &stock).await, (12, 0, 0), "full before anybody came");
    let ann = take(bed, &stock, "ann", 3).await.unwrap();
    assert_eq!(take(bed, &stock, "ann", 3).await.unwrap(), ann);
    let later = store.take_units(&stock, &id("ann"), 3, at(999), at(9)).await.unwrap();
    assert_eq!(later, ann, "it is held for as long as the first try said");
    let bucket = ann.parts[0].bucket;
    let holds = store.unit_holds(&stock, &[bucket]).await.unwrap();
    let hold = Hold::Held { quantity: 3, until: at(300) };
    assert_eq!(holds, [UnitHold { bucket, order_id: id("ann"), hold }]);
    let bob = take(bed, &stock, "bob", 2).await.unwrap();
    assert_eq!(counts(bed, &stock).await, (7, 5, 0));
    for _ in 0..2 {
        store.settle_units(&stock, &id("bob"), &bob.parts).await.unwrap();
        store.give_back_units(&stock, &id("ann"), &ann.parts).await.unwrap();
        assert_eq!(counts(bed, &stock).await, (10, 0, 2));
    }
    // What is sold stays so: a late repeat takes nothing, and nobody gives it back.
    assert_eq!(take(bed, &stock, "bob", 2).await.unwrap().parts, bob.parts);
    assert_eq!(
        store.give_back_units(&stock, &id("bob"), &bob.parts).await.unwrap_err().code,
        Code::InternalError
    );
    assert_eq!(
        store.settle_units(&stock, &id("ann"), &ann.parts).await.unwrap_err().code,
        Code::InternalError
    );
    assert_eq!(counts(bed, &stock).await, (10, 0, 2));
}

/// What no bucket has, several give, all or none; what they have not together is refused.
pub async fn several_buckets_give_what_none_has(bed: &Bed) {
    let (store, stock) = (bed.store(), deal("b", 36, 0).stock());
    let mut all = Vec::new();
    for name in ["ann", "bob", "cid"] {
        let units = take(bed, &stock, name, 10).await.unwrap();
        assert_eq!(units.parts.len(), 1, "a bucket of its own");
        all.push((name, units));
    }
    assert_eq!(refused(bed, &stock, 7).await, 6);
    assert_eq!(counts(bed, &stock).await, (6, 30, 0));
    let dan = take(bed, &stock, "dan", 5).await.unwrap();
    assert_eq!((dan.parts.len(), dan.until), (3, at(300)));
    assert_eq!(refused(bed, &stock, 2).await, 1);
    all.push(("dan", dan));
    all.push(("eve", take(bed, &stock, "eve", 1).await.unwrap()));
    assert_eq!(counts(bed, &stock).await, (0, 36, 0));
    assert_eq!(refused(bed, &stock, 1).await, 0);
    for (name, units) in all {
        store.give_back_units(&stock, &id(name), &units.parts).await.unwrap();
    }
    assert_eq!(counts(bed, &stock).await, (36, 0, 0));
    for number in 0..36 {
        take(bed, &stock, &number.to_string(), 1).await.unwrap();
    }
    assert_eq!(refused(bed, &stock, 1).await, 0);
}

/// The last bucket of a stock has what is left over, and never gives more.
pub async fn a_short_bucket_gives_no_more_than_it_has(bed: &Bed) {
    let stock = deal("c", 14, 0).stock();
    for number in 0..14 {
        // Every other order begins in the bucket of two.
        let _ = take(bed, &stock, &number.to_string(), 3).await;
    }
    let (left, reserved, _) = counts(bed, &stock).await;
    assert_eq!((left, reserved), (2, 12));
    assert_eq!(refused(bed, &stock, 3).await, 2);
    assert!(take(bed, &stock, "ann", 2).await.is_ok());
}

/// What comes back into an empty bucket is seen by others within a second, and by the same instance at once.
pub async fn what_comes_back_is_had_again(bed: &Bed) {
    let (store, elsewhere, stock) = (bed.store(), bed.store(), deal("d", 12, 0).stock());
    let ann = take(bed, &stock, "ann", 10).await.unwrap();
    let bob = store.take_units(&stock, &id("bob"), 2, at(300), at(0)).await.unwrap();
    let cid = |store: &Store, second| {
        let (store, stock) = (store.clone(), stock.clone());
        async move { store.take_units(&stock, &id("cid"), 1, at(300), at(second)).await }
    };
    assert_eq!(cid(&store, 0).await.unwrap_err().code, Code::InsufficientStock);
    assert_eq!(cid(&elsewhere, 0).await.unwrap_err().code, Code::InsufficientStock);
    store.give_back_units(&stock, &id("bob"), &bob.parts).await.unwrap();
    assert_eq!(cid(&elsewhere, 0).await.unwrap_err().code, Code::InsufficientStock, "as of a moment ago");
    let units = cid(&store, 0).await.unwrap();
    assert_eq!(cid(&elsewhere, 1).await.unwrap(), units, "a second later");
    store.give_back_units(&stock, &id("ann"), &ann.parts).await.unwrap();
    assert_eq!(counts(bed, &stock).await, (11, 1, 0));
}

/// Of many at once, on several instances, each gets all or nothing, and nothing is given twice.
pub async fn a_race_for_units_ends_even(bed: &Bed) {
    const UNITS: u32 = 50;
    let stock = deal("e", UNITS, 0).stock();
    let stores: Vec<Store> = (0..4).map(|_| bed.store()).collect();
    let mut racers = JoinSet::new();
    for number in 0..60_u32 {
        let (store, stock) = (stores[number as usize % stores.len()].clone(), stock.clone());
        racers.spawn(async move {
            let quantity = number % 4 + 1;
            for _ in 0..20 {
                match store.take_units(&stock, &id(number), quantity, at(300), at(0)).await {
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
                assert_eq!(units.parts.iter().map(|part| part.quantity).sum::<u32>(), quantity);
                taken += quantity;
            }
            Err(error) => {
                assert_eq!(error.code, Code::InsufficientStock, "{error:?}");
                smallest_refused = smallest_refused.min(quantity);
            }
        }
    }
    assert_eq!(counts(bed, &stock).await, (UNITS - taken, taken, 0));
    assert!(UNITS - taken < smallest_refused, "{taken} taken, {smallest_refused} refused");
}

/// Units whose order never came go back, and then it never comes; those of an order follow it.
pub async fn units_follow_their_order(bed: &Bed) {
    let (store, deal) = (bed.store(), deal("f", 24, 0));
    let stock = deal.stock();
    let settle =
        async |name: &str, part: Part| store.settle_hold(&deal, &id(name), part, at(500)).await.unwrap();
    let dead = take(bed, &stock, "dead", 2).await.unwrap();
    for _ in 0..2 {
        assert_eq!(settle("dead", dead.parts[0]).await, Due::GiveBack);
    }
    let Saved::Other(Some(there)) = store.save_order(&order("dead", &deal, &dead)).await.unwrap() else {
        panic!("a late request has written its order");
    };
    assert_eq!((there.status, there.quantity), (orders::Status::Failed, 2));
    assert_eq!(counts(bed, &stock).await, (24, 0, 0));

    let units = take(bed, &stock, "ann", 2).await.unwrap();
    let ann = order("ann", &deal, &units);
    assert_eq!(store.save_order(&ann).await.unwrap(), Saved::Done);
    assert_eq!(store.save_order(&ann).await.unwrap(), Saved::Done, "a repeat");
    assert_eq!(settle("ann", units.parts[0]).await, Due::Keep);
    let elsewhere = Part { bucket: 1 - units.parts[0].bucket, quantity: 2 };
    assert_eq!(settle("ann", elsewhere).await, Due::GiveBack, "what a slower try took");
    let paid = ann.pay(PaymentId::new(user("ann"), 1), at(1)).unwrap();
    assert_eq!(store.save_order(&paid).await.unwrap(), Saved::Done);
    for _ in 0..2 {
        assert_eq!(settle("ann", units.parts[0]).await, Due::Settle);
        assert_eq!(counts(bed, &stock).await, (22, 0, 2));
    }
    let units = take(bed, &stock, "bob", 2).await.unwrap();
    let bob = order("bob", &deal, &units);
    assert_eq!(store.save_order(&bob).await.unwrap(), Saved::Done);
    let canceled = bob.cancel(Some(user("bob")), Reason::Requested, at(1)).unwrap();
    assert_eq!(store.save_order(&canceled).await.unwrap(), Saved::Done);
    assert_eq!(store.save_order(&bob.expire(at(300))).await.unwrap(), Saved::Other(Some(Box::new(canceled))));
    for _ in 0..2 {
        assert_eq!(settle("bob", units.parts[0]).await, Due::GiveBack);
        assert_eq!(counts(bed, &stock).await, (22, 0, 2));
    }
}

/// One's own orders are in order, the last names first.
pub async fn ones_own_orders_are_in_order(bed: &Bed) {
    let (store, deal) = (bed.store(), deal("g", 24, 0));
    let units = Units { parts: vec![Part { bucket: 0, quantity: 1 }], until: at(300) };
    let mut all = Vec::new();
    for name in ["3", "1", "2"] {
        let order = Order { id: OrderId::new(user("ann"), name), ..order("ann", &deal, &units) };
        assert_eq!(store.save_order(&order).await.unwrap(), Saved::Done);
        assert_eq!(store.order(&order.id).await.unwrap(), order);
        all.push(order);
    }
    all.sort_by(|one, other| other.id.cmp(&one.id));
    let ann: UserId = user("ann");
    assert_eq!(store.orders_of(&ann, 10).await.unwrap(), all);
    assert_eq!(store.orders_of(&ann, 2).await.unwrap(), all[..2]);
    assert_eq!(store.orders_of(&user("bob"), 10).await.unwrap(), []);
    assert_eq!(store.order(&id("bob")).await.unwrap_err().code, Code::NotFound);
}

/// A deal is read together with what was counted of it, and both are remembered for a second.
pub async fn a_deal_is_read_with_its_counts(bed: &Bed) {
    let (store, elsewhere, deal) = (bed.store(), bed.store(), deal("h", 24, 10));
    assert_eq!(store.recent_deal(&deal.id, at(0)).await.unwrap_err().code, Code::NotFound);
    assert_eq!(store.save_deal(&deal).await.unwrap(), Saved::Done);
    let now = store.recent_deal(&deal.id, at(0)).await.unwrap();
    assert_eq!((&now.deal, now.available()), (&deal, 24));
    assert_eq!(store.find_summary(&deal.id).await.unwrap(), None);
    let summary = Summary { reserved: 3, sold: 1, at: at(11), ..Summary::new(&deal) };
    for times in 0..2 {
        let moves = [moved(7, 4, 0), moved(8, -1, 1)];
        elsewhere
            .count_moves(&deal.id, "one", &moves, at(11))
            .await
            .unwrap_or_else(|e| panic!("{times}: {e}"));
    }
    assert_eq!(store.recent_deal(&deal.id, at(0)).await.unwrap().available(), 24, "as remembered");
    assert_eq!(elsewhere.recent_deal(&deal.id, at(0)).await.unwrap().available(), 20);
    assert_eq!(store.recent_deal(&deal.id, at(1)).await.unwrap().summary, summary);
    assert_eq!(store.find_summary(&deal.id).await.unwrap(), Some(summary));
}

/// A record numbered `number` that shows so many more units reserved and sold.
fn moved(number: u32, reserved: i64, sold: i64) -> (Sequence, UnitsMoved) {
    (Sequence::parse(&number.to_string()).unwrap(), UnitsMoved { reserved, sold })
}

/// A record is counted once, however batches are cut and repeated; shards do not know of each other.
pub async fn a_record_is_counted_once(bed: &Bed) {
    let (store, deal) = (bed.store(), deal("l", 24, 10));
    let count = async |shard: &str, numbers: std::ops::Range<u32>| {
        let moves: Vec<_> = numbers.map(|number| moved(number, 1, 0)).collect();
        store.count_moves(&deal.id, shard, &moves, at(11)).await.unwrap();
        store.find_summary(&deal.id).await.unwrap().unwrap().reserved
    };
    assert_eq!(count("one", 8..11).await, 3);
    assert_eq!(count("one", 8..11).await, 3, "the whole batch again");
    assert_eq!(count("one", 5..9).await, 3, "a part that came before");
    assert_eq!(count("one", 9..13).await, 5, "9 and 10 are counted, 11 and 12 are not");
    assert_eq!(count("two", 3..5).await, 7, "another shard has its own numbers");
    assert_eq!(count("one", 100..101).await, 8, "numbers have gaps");
    // Deltas of a batch that cancel each other are counted too: its numbers must not come again.
    store.count_moves(&deal.id, "one", &[moved(200, 2, 0), moved(201, -2, 2)], at(12)).await.unwrap();
    assert_eq!(count("one", 200..201).await, 8);
}

/// A recount corrects the sum, and a shard that is over goes into the base without changing it.
pub async fn counts_are_corrected_and_absorbed(bed: &Bed) {
    let (store, deal) = (bed.store(), deal("m", 24, 10));
    store.count_moves(&deal.id, "one", &[moved(1, 5, 0)], at(11)).await.unwrap();
    store.count_moves(&deal.id, "two", &[moved(1, 2, 1)], at(12)).await.unwrap();
    let counts = store.deal_counts(&deal.id).await.unwrap();
    let counted = Counts { left: 17, reserved: 6, sold: 1 };
    let base = counts.base_of(&deal).verified(&counts.shards, counted, at(13));
    assert_eq!(store.save_count_base(&base).await.unwrap(), Saved::Done);
    assert!(store.find_summary(&deal.id).await.unwrap().unwrap().agrees(counted));
    let shard = counts.shards.iter().find(|shard| shard.shard == "one").unwrap();
    let next = base.absorb(shard, at(14));
    assert!(store.absorb_shard(&next, shard).await.unwrap());
    assert!(!store.absorb_shard(&next, shard).await.unwrap(), "once");
    let now = store.deal_counts(&deal.id).await.unwrap();
    assert_eq!((now.shards.len(), now.base.as_ref()), (1, Some(&next)));
    assert!(now.summary(&deal).agrees(counted));
    // One that gets a record after all is left as it is.
    store.count_moves(&deal.id, "two", &[moved(2, 1, 0)], at(15)).await.unwrap();
    assert!(!store.absorb_shard(&next.absorb(&now.shards[0], at(16)), &now.shards[0]).await.unwrap());
}

/// A deal moves from the list of the present ones to that of the past ones, and back.
pub async fn deals_are_listed_by_where_they_stand(bed: &Bed) {
    let store = bed.store();
    let deals = [deal("i", 12, 20), deal("j", 12, 10), deal("k", 12, 30)];
    for deal in &deals {
        assert_eq!(store.save_deal(deal).await.unwrap(), Saved::Done);
    }
    store.count_moves(&deals[0].id, "one", &[moved(1, 7, 0)], at(21)).await.unwrap();
    let listed = async |past| {
        let page = store.list_deals(past, &Page::default(), 10).await.unwrap();
        page.into_iter().map(|(_, now)| (now.deal.id.to_string(), now.available())).collect::<Vec<_>>()
    };
    let named = |name: &str, available| (format!("tdl_{name}"), available);
    assert_eq!(listed(false).await, [named("k", 12), named("i", 5), named("j", 12)]);
    assert_eq!(listed(true).await, []);
    let cancel = Changes { cancel: true, ..Changes::default() };
    assert_eq!(store.save_deal(&deals[2].change(&cancel, at(0)).unwrap()).await.unwrap(), Saved::Done);
    let ended = deals[0].advance(at(5000), 5);
    assert_eq!(store.save_deal(&ended).await.unwrap(), Saved::Done);
    assert_eq!(listed(false).await, [named("j", 12)]);
    assert_eq!(listed(true).await, [named("k", 12), named("i", 5)]);
    let longer = Changes { ends_at: Some(at(9000)), ..Changes::default() };
    assert_eq!(store.save_deal(&ended.change(&longer, at(5000)).unwrap()).await.unwrap(), Saved::Done);
    assert_eq!(listed(false).await, [named("i", 5), named("j", 12)]);
}

/// All deals are read together, once a second; of the past ones the list alone tells what they are.
pub async fn past_deals_are_known_by_their_places(bed: &Bed) {
    let (store, elsewhere) = (bed.store(), bed.store());
    let cancel = Changes { cancel: true, ..Changes::default() };
    let (present, over) = (deal("p", 12, 10), deal("q", 12, 20).advance(at(5000), 12));
    let canceled = deal("r", 12, 30).change(&cancel, at(0)).unwrap();
    for deal in [&Deal { version: 1, ..over.clone() }, &Deal { version: 1, ..canceled.clone() }, &present] {
        assert_eq!(store.save_deal(deal).await.unwrap(), Saved::Done);
    }
    let all = store.all_deals(true, at(0)).await.unwrap();
    let current: Vec<&Deal> = all.current.iter().map(|now| &now.deal).collect();
    let past = [(&canceled, Status::Canceled), (&over, Status::Ended)].map(|(deal, status)| PastDeal {
        id: deal.id.clone(),
        starts_at: deal.starts_at,
        status,
        category: Category::Living,
    });
    assert_eq!((current, &all.past[..]), (vec![&present], &past[..]));
    assert_eq!(store.all_deals(false, at(0)).await.unwrap().past, []);
    assert_eq!(store.deals(&[over.id.clone(), DealId::new("none")]).await.unwrap()[0].deal.id, over.id);
    // Who writes sees it at once, others within a second.
    assert_eq!(elsewhere.all_deals(false, at(0)).await.unwrap().current.len(), 1);
    assert_eq!(store.save_deal(&deal("s", 12, 0)).await.unwrap(), Saved::Done);
    assert_eq!(store.all_deals(false, at(0)).await.unwrap().current.len(), 2);
    assert_eq!(elsewhere.all_deals(false, at(0)).await.unwrap().current.len(), 1);
    assert_eq!(elsewhere.all_deals(false, at(1)).await.unwrap().current.len(), 2);
}

/// Products are written version by version, and a deleted one is gone.
pub async fn a_deleted_product_is_gone(bed: &Bed) {
    let store = bed.store();
    let products = [product("l", 1), product("m", 2)];
    for product in &products {
        assert_eq!(store.save_product(product).await.unwrap(), Saved::Done);
    }
    let other = Product { price: 1, ..products[0].clone() };
    assert_eq!(store.save_product(&other).await.unwrap(), Saved::Other(Some(Box::new(products[0].clone()))));
    let delete = products::Changes { status: Some(products::Status::Deleted), ..Default::default() };
    assert_eq!(store.save_product(&products[1].change(&delete, at(3)).unwrap()).await.unwrap(), Saved::Done);
    assert_eq!(store.product(&products[0].id).await.unwrap(), products[0]);
    assert_eq!(store.product(&products[1].id).await.unwrap_err().code, Code::NotFound);
    let listed = store.list_products(&Page::default(), 10).await.unwrap();
    assert_eq!(listed.into_iter().map(|(_, product)| product).collect::<Vec<_>>(), products[..1]);
}

/// A bucket in which units are missing or twice is not sold from: taking, giving back, settling and counting
/// are an internal error that is told apart, and never a panic.
pub async fn a_bucket_that_contradicts_itself_is_refused(bed: &Bed) {
    let (store, deal) = (bed.store(), deal("n", 12, 10));
    let stock = deal.stock();
    let take = async |name: &str| store.take_units(&stock, &id(name), 2, at(300), at(0)).await;
    let units = take("ann").await.unwrap();
    take("ben").await.unwrap();
    bed.spoil(&stock, 0, 9).await;
    let store = bed.store();
    let broken = |outcome: domain::Result<()>| {
        let error = outcome.unwrap_err();
        assert!(error.is_broken() && error.code == Code::InternalError, "{error}");
    };
    broken(store.take_units(&stock, &id("cyd"), 2, at(300), at(0)).await.map(drop));
    broken(store.settle_units(&stock, &id("ann"), &units.parts).await);
    broken(store.give_back_units(&stock, &id("ben"), &units.parts).await);
    broken(store.count_units(&stock).await.map(drop));
}
