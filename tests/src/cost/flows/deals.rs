//! Costs of units that are ordered, refused, paid, canceled and expired, and of deals that are read and
//! listed.

use crate::assert_each_eq;
use domain::accounts::Role;
use domain::deals::Deal;
use domain::ids::{DealId, OrderId, fresh};
use domain::orders::{Buyer, Order};
use domain::stock::OrderPart;
use serde_json::{Value, json};
use store::Saved;

use super::row;
use crate::cost::bench::{Answer, Bench, Caller};
use crate::cost::budgets::Row;
use crate::cost::meter::{Cost, size_of};

const HOLD_SECONDS: i64 = 300;

pub async fn measure() -> Vec<Row> {
    let mut rows = reserved().await;
    rows.extend(refused().await);
    rows.extend(paid().await);
    rows.extend(ended().await);
    rows.extend(looked_at().await);
    rows.extend(many_orders().await);
    rows.extend(many_deals().await);
    rows.extend(offered().await);
    rows.extend(sized(300, "a deal of 300 units: an order, with what is counted of it").await);
    rows.extend(sized(100_000, "a deal of 100,000 units: an order, with what is counted of it").await);
    rows
}

/// Measures creating and canceling a deal, and updating its product: the cost of the register of open deals.
async fn offered() -> Vec<Row> {
    let bench = Bench::start().await;
    let operator = bench.somebody(Role::Operator);
    let product = json!({"name": "Cat tree", "price": 45_000, "category": "living"});
    let product = bench.call("POST", "/products", Some(&operator), Some(product)).await;
    let product_id = product.body["data"]["id"].as_str().unwrap_or_default().to_owned();
    let new = json!({
        "product_id": product_id, "deal_price": 29_900, "stock_quantity": 100,
        "start_at": bench.app.now(), "end_at": bench.app.now().plus_seconds(3_600),
    });
    let (answer, made) = bench.measure(bench.call("POST", "/timedeals", Some(&operator), Some(new))).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let path = format!("/products/{product_id}");
    let cheaper = bench.call("PATCH", &path, Some(&operator), Some(json!({"price": 40_000})));
    let (changed, repriced) = bench.measure(cheaper).await;
    assert_eq!(changed.status, 200, "{changed:?}");
    let gone = bench.call("PATCH", &path, Some(&operator), Some(json!({"status": "deleted"})));
    let (refused, kept) = bench.measure(gone).await;
    assert_eq!(refused.body["error"]["code"], "PRODUCT_HAS_DEALS", "{refused:?}");
    let path = format!("/timedeals/{}", answer.body["data"]["id"].as_str().unwrap_or_default());
    let cancel = bench.call("PATCH", &path, Some(&operator), Some(json!({"status": "canceled"})));
    let (answer, canceled) = bench.measure(cancel).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    vec![
        row("make a deal", made),
        row("change the price of a product", repriced),
        row("refuse: a product with an open deal is not deleted", kept),
        row("cancel a deal", canceled),
    ]
}

/// Measures an order of a deal with `units` units after 64 other orders, with the relay's work for it.
async fn sized(units: u32, name: &'static str) -> Vec<Row> {
    let mut bench = Bench::start().await;
    let one = deal(&bench, units).await;
    for _ in 0..64 {
        take(&bench, &one, &bench.user(), 1).await;
    }
    bench.relay().await;
    bench.relay().await;
    warm_cache(&bench, &one).await;
    let (_, ordered) = take(&bench, &one, &bench.user(), 1).await;
    let counted = bench.relay().await;
    let shown = bench.app.store().get_unit_counts_if_exists(&one).await.expect("the figures");
    assert_eq!(shown.map(|summary| summary.reserved), Some(domain::Quantity(65)));
    vec![row(name, sum(ordered, counted.cost))]
}

/// Creates an active deal with this many units, and returns its id.
pub(super) async fn deal(bench: &Bench, units: u32) -> DealId {
    let operator = bench.somebody(Role::Operator);
    let product = json!({"name": "Cat tree", "price": 45_000, "category": "living"});
    let product = bench.call("POST", "/products", Some(&operator), Some(product)).await;
    let deal = json!({
        "product_id": product.body["data"]["id"], "original_price": 45_000, "deal_price": 29_900,
        "stock_quantity": units, "hold_seconds": HOLD_SECONDS,
        "start_at": bench.app.now().plus_seconds(-60), "end_at": bench.app.now().plus_seconds(3_600),
    });
    let made = bench.call("POST", "/timedeals", Some(&operator), Some(deal)).await;
    assert_eq!(made.status, 201, "{made:?}");
    DealId::parse(made.body["data"]["id"].as_str().unwrap_or_default()).expect("an id")
}

/// Loads the deal into an otherwise expired cache, as another request within the last second would.
async fn warm_cache(bench: &Bench, deal: &DealId) {
    bench.expire_caches();
    bench.app.store().get_deal_cached(deal, bench.app.now()).await.expect("the deal");
}

async fn order(bench: &Bench, deal: &DealId, caller: &Caller, quantity: u32) -> (Answer, Cost) {
    let body = json!({"time_deal_id": deal, "quantity": quantity});
    bench.measure(bench.call("POST", "/orders", Some(caller), Some(body))).await
}

/// Orders `quantity` units, and returns the order's id and the cost.
pub(super) async fn take(bench: &Bench, deal: &DealId, caller: &Caller, quantity: u32) -> (String, Cost) {
    let (answer, cost) = order(bench, deal, caller, quantity).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    (answer.body["data"]["id"].as_str().unwrap_or_default().to_owned(), cost)
}

async fn refuse(bench: &Bench, deal: &DealId, quantity: u32, available: u32) -> Cost {
    let (answer, cost) = order(bench, deal, &bench.user(), quantity).await;
    let error = &answer.body["error"];
    assert_each_eq!((answer.status, 409), (error["code"], "INSUFFICIENT_STOCK"), "{answer:?}");
    assert_eq!(error["details"]["available"], available, "{answer:?}");
    cost
}

async fn reserved() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let one = deal(&bench, 120).await;
    bench.expire_caches();
    let (_, cold) = take(&bench, &one, &bench.user(), 1).await;
    let (_, known) = take(&bench, &one, &bench.user(), 1).await;
    let caller = bench.user();
    let body = json!({"time_deal_id": one, "quantity": 1});
    let keyed = bench.call_with_key("POST", "/orders", &caller, "a key", body.clone());
    let (answer, keyed) = bench.measure(keyed).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    let again = bench.call_with_key("POST", "/orders", &caller, "a key", body);
    let (again, repeated) = bench.measure(again).await;
    assert_eq!(again.body["data"]["id"], answer.body["data"]["id"], "{again:?}");
    warm_cache(&bench, &one).await;
    let counted = bench.relay().await;
    assert_each_eq!((counted.messages["orders"].len(), 3), (counted.events().len(), 5));

    let few = deal(&bench, 36).await;
    for _ in 0..3 {
        take(&bench, &few, &bench.user(), 10).await;
    }
    let (_, several) = take(&bench, &few, &bench.user(), 5).await;
    let (_, last) = take(&bench, &few, &bench.user(), 1).await;
    vec![
        row("order: reserve, first bucket has units", known),
        row("order: reserve, deal not cached", cold),
        row("order: reserve, with an Idempotency-Key", keyed),
        row("order: the same Idempotency-Key again", repeated),
        row("order: reserve the last unit of all", last),
        row("order: reserve 5 out of three buckets that have 2 each", several),
        row("order: the units of a deal are counted anew", counted.cost),
    ]
}

async fn refused() -> Vec<Row> {
    let bench = Bench::start().await;
    let few = deal(&bench, 24).await;
    for quantity in [10, 10] {
        take(&bench, &few, &bench.user(), quantity).await;
    }
    warm_cache(&bench, &few).await;
    let fewer = refuse(&bench, &few, 5, 4).await;
    let fewer_known = refuse(&bench, &few, 5, 4).await;
    take(&bench, &few, &bench.user(), 4).await;
    warm_cache(&bench, &few).await;
    let sold_out = refuse(&bench, &few, 1, 0).await;
    let sold_out_known = refuse(&bench, &few, 1, 0).await;
    vec![
        row("refuse: fewer units than asked for", fewer),
        row("refuse: fewer units than asked for, known from the last second", fewer_known),
        row("refuse: a deal is sold out", sold_out),
        row("refuse: a deal is sold out, known from the last second", sold_out_known),
    ]
}

async fn paid() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let (one, caller) = (deal(&bench, 120).await, bench.user());
    bench.call("POST", "/balance/charge", Some(&caller), Some(json!({"amount": 1_000_000}))).await;
    let (id, _) = take(&bench, &one, &caller, 2).await;
    bench.relay().await;
    bench.relay().await;
    let (answer, paid) = bench.measure(pay(&bench, &caller, &id)).await;
    assert_eq!(answer.status, 201, "{answer:?}");
    warm_cache(&bench, &one).await;
    let settled = bench.relay().await;
    assert_eq!(settled.events().len(), 2);
    let counted = bench.relay().await;
    vec![
        row("order: pay from the balance", paid),
        row("order: pay, confirm and settle the bucket", sum(paid, settled.cost)),
        row("order: paid, and counted anew", counted.cost),
    ]
}

async fn ended() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let (one, caller) = (deal(&bench, 120).await, bench.user());
    let (id, _) = take(&bench, &one, &caller, 2).await;
    bench.relay().await;
    let path = format!("/orders/{id}");
    let (answer, canceled) = bench.measure(bench.call("DELETE", &path, Some(&caller), None)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    warm_cache(&bench, &one).await;
    let given_back = bench.relay().await;
    bench.relay().await;

    take(&bench, &one, &caller, 2).await;
    let message = bench.relay().await.messages["orders"][0].clone();
    bench.advance_seconds(HOLD_SECONDS);
    warm_cache(&bench, &one).await;
    let expired = bench.work(&deals::workers::close_orders::WORKER, &message).await;
    let returned = bench.relay().await;
    assert_eq!(returned.events().len(), 1);
    let again = bench.work(&deals::workers::close_orders::WORKER, &message).await;
    vec![
        row("order: cancel", canceled),
        row("order: cancel, and give back", sum(canceled, given_back.cost)),
        row("order: expire, and give back", sum(expired, returned.cost)),
        row("order: expire: the message comes again", again),
    ]
}

async fn looked_at() -> Vec<Row> {
    let mut bench = Bench::start().await;
    let mut deals = Vec::new();
    for _ in 0..20 {
        deals.push(deal(&bench, 120).await);
    }
    let caller = bench.user();
    let (id, _) = take(&bench, &deals[0], &caller, 1).await;
    bench.relay().await;
    bench.expire_caches();
    let path = format!("/timedeals/{}", deals[0]);
    let (answer, read) = bench.measure(bench.call("GET", &path, None, None)).await;
    assert_eq!(answer.body["data"]["available_quantity"], 119, "{answer:?}");
    let (_, known) = bench.measure(bench.call("GET", &path, None, None)).await;
    let (answer, page) = bench.measure(bench.call("GET", "/timedeals?per_page=20", None, None)).await;
    assert_eq!(answer.body["data"].as_array().map(Vec::len), Some(20), "{answer:?}");
    let path = format!("/orders/{id}");
    let (answer, order) = bench.measure(bench.call("GET", &path, Some(&caller), None)).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    let (_, first) = list(&bench, &caller, "", 1).await;
    let (_, mine) = list(&bench, &caller, "", 1).await;
    vec![
        row("read a deal", read),
        row("read a deal, known from the last second", known),
        row("list deals, a page of 20", page),
        row("read an order", order),
        row("list my orders, the first time", first),
        row("list my orders", mine),
    ]
}

/// Measures a page of the list of orders, which must have `count` entries. Returns the cursor of the next
/// page and the cost.
async fn list(bench: &Bench, caller: &Caller, query: &str, count: usize) -> (Option<String>, Cost) {
    let path = format!("/orders?{query}");
    let (answer, cost) = bench.measure(bench.call("GET", &path, Some(caller), None)).await;
    assert_eq!(answer.body["data"].as_array().map(Vec::len), Some(count), "{answer:?}");
    (answer.body["meta"]["next_cursor"].as_str().map(str::to_owned), cost)
}

/// Measures a page of the list of the caller's orders, with ten orders and with ten thousand.
async fn many_orders() -> Vec<Row> {
    let bench = Bench::start().await;
    let (one, caller) = (deal(&bench, 120).await, bench.user());
    let found = bench.app.store().get_deal_cached(&one, bench.app.now()).await.expect("the deal");
    let enter = async |count: usize| {
        for _ in 0..count {
            let now = bench.app.now();
            let id = OrderId::new(caller.id.clone(), fresh(now, bench.app.entropy()));
            let buyer = Buyer { id, queue_position: None, request_fingerprint: None };
            let parts = vec![OrderPart { bucket: 0, quantity: domain::Quantity::ONE }];
            let order = Order::reserve(buyer, &found.deal, parts, now.plus_seconds(60), now);
            assert_eq!(bench.app.store().save_order(&order).await.expect("an order"), Saved::Done);
        }
    };
    enter(10).await;
    list(&bench, &caller, "", 10).await;
    let (_, ten) = list(&bench, &caller, "", 10).await;
    enter(9_990).await;
    let (next, numbered) = list(&bench, &caller, "", 20).await;
    let next = next.expect("a next page");
    let (_, by_cursor) = list(&bench, &caller, &format!("limit=20&cursor={next}"), 20).await;
    vec![
        row("list 10 orders of mine", ten),
        row("list 10,000 orders of mine, a page of 20", numbered),
        row("list 10,000 orders of mine, 20 behind a cursor", by_cursor),
    ]
}

/// Measures a page of the list of deals with 20 and with 2,000 deals.
async fn many_deals() -> Vec<Row> {
    let bench = Bench::start().await;
    let first = deal(&bench, 12).await;
    let like = bench.app.store().get_deal(&first).await.expect("the deal");
    let mut made = 1;
    let mut page = async |count: usize| {
        for number in made..count {
            let deal = Deal { id: DealId::new(format!("many-{number}")), version: 1, ..like.clone() };
            assert_eq!(bench.app.store().save_deal(&deal).await.expect("a deal"), Saved::Done);
        }
        made = count;
        bench.expire_caches();
        let (answer, page) = bench.measure(bench.call("GET", "/timedeals?limit=20", None, None)).await;
        assert_eq!(answer.body["data"].as_array().map(Vec::len), Some(20), "{answer:?}");
        page
    };
    let twenty = page(20).await;
    let many = page(2_000).await;
    vec![row("list 20 deals, a page of 20", twenty), row("list 2,000 deals, a page of 20", many)]
}

async fn pay(bench: &Bench, caller: &Caller, order: &str) -> Answer {
    bench.call("POST", "/payments", Some(caller), Some(json!({"order_id": order}))).await
}

fn sum(one: Cost, other: Cost) -> Cost {
    Cost { wru: one.wru + other.wru, rru: one.rru + other.rru, trips: one.trips }
}

/// Returns the size in bytes of a paid order, with ids of the usual length.
pub async fn order_size() -> usize {
    let bench = Bench::start().await;
    let (one, caller) = (deal(&bench, 120).await, bench.user());
    bench.call("POST", "/balance/charge", Some(&caller), Some(json!({"amount": 1_000_000}))).await;
    let (id, _) = take(&bench, &one, &caller, 10).await;
    assert_eq!(pay(&bench, &caller, &id).await.status, 201);
    let name = id.rsplit(':').next().unwrap_or_default();
    let item = bench.meter.item("dibs-deals", &format!("USER#{}", caller.id), &format!("ORDER#{name}"));
    size_of(&item.unwrap_or(Value::Null))
}
