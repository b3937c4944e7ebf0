//! Tests of writes whose response is lost, while a worker or a callback writes before the SDK repeats them:
//! each request recognizes its own success, and takes no other write for its own.

use dibs_tests::assert_each_eq;
use dibs_tests::cost::bench::{Answer, Bench, Caller};
use dibs_tests::cost::campaigns::{endless, points};
use dibs_tests::cost::in_paused_time;
use domain::Quantity;
use domain::accounts::Role;
use domain::campaigns::Review;
use domain::ids::DealId;
use domain::stock::StockCounts;
use local::engine::Dynamo;
use serde_json::{Value, json};

/// Updates an item by an update expression, as another function would in the meantime.
fn update(engine: &Dynamo, table: &str, (pk, sk): (&str, &str), expression: &str, values: &Value) {
    let body = json!({
        "TableName": table, "Key": {"pk": {"S": pk}, "sk": {"S": sk}}, "UpdateExpression": expression,
        "ConditionExpression": "attribute_exists(pk)", "ExpressionAttributeNames": names(expression),
        "ExpressionAttributeValues": values,
    });
    let reply = engine.execute("DynamoDB_20120810.UpdateItem", body.to_string().as_bytes());
    assert_eq!(reply.status, 200, "{}", String::from_utf8_lossy(&reply.body));
}

/// Returns `ExpressionAttributeNames` for an expression: each name that begins with `#`, with its attribute.
fn names(expression: &str) -> Value {
    let words = expression.split(|letter: char| !letter.is_alphanumeric() && letter != '#');
    let names = words.filter(|word| word.starts_with('#'));
    names.map(|name| (name.to_owned(), json!(&name[1..]))).collect::<serde_json::Map<_, _>>().into()
}

/// Returns the sort key of the only item of the partition `pk` whose sort key begins with `prefix`.
fn only_sort_key(engine: &Dynamo, table: &str, pk: &str, prefix: &str) -> String {
    let query = json!({
        "TableName": table, "KeyConditionExpression": "pk = :pk AND begins_with(sk, :prefix)",
        "ExpressionAttributeValues": {":pk": {"S": pk}, ":prefix": {"S": prefix}},
    });
    let reply = engine.execute("DynamoDB_20120810.Query", query.to_string().as_bytes());
    let found: Value = serde_json::from_slice(&reply.body).unwrap();
    assert_eq!(found["Count"], 1, "{found}");
    found["Items"][0]["sk"]["S"].as_str().unwrap().to_owned()
}

/// Creates a deal of a hundred units. Returns its id.
async fn deal(bench: &Bench) -> String {
    let operator = bench.somebody(Role::Operator);
    let product = json!({"name": "Cat tree", "price": 45_000, "category": "living"});
    let product = bench.call("POST", "/products", Some(&operator), Some(product)).await;
    let deal = json!({
        "product_id": product.body["data"]["id"], "deal_price": 29_900, "stock_quantity": 100,
        "start_at": bench.app.now().plus_seconds(-60), "end_at": bench.app.now().plus_seconds(3_600),
    });
    let deal = bench.call("POST", "/timedeals", Some(&operator), Some(deal)).await;
    assert_eq!(deal.status, 201, "{deal:?}");
    deal.body["data"]["id"].as_str().unwrap().to_owned()
}

/// Orders one unit of the deal `deal`.
async fn order(bench: &Bench, caller: &Caller, deal: &str) -> Answer {
    let order = json!({"time_deal_id": deal, "quantity": 1});
    let made = bench.call("POST", "/orders", Some(caller), Some(order)).await;
    assert_eq!(made.status, 201, "{made:?}");
    made
}

#[test]
fn cancellation_of_an_order_knows_its_success_after_a_callback() {
    in_paused_time(async {
        let bench = Bench::start().await;
        let caller = bench.user();
        let made = order(&bench, &caller, &deal(&bench).await).await;
        let id = made.body["data"]["id"].as_str().unwrap();
        let (pk, sk) = (format!("USER#{}", caller.id), format!("ORDER#{}", id.rsplit(':').next().unwrap()));
        bench.meter.overtake("CANCELED", move |engine| {
            let event = json!({"M": {
                "kind": {"S": "PAYMENT_COMPLETED"}, "at": {"N": "1795251600000"}, "note": {"S": "r"},
            }});
            let values = json!({":one": {"N": "1"}, ":events": {"L": [event]}});
            let expression = "SET #version = #version + :one, #log = list_append(#log, :events)";
            update(engine, "dibs-deals", (&pk, &sk), expression, &values);
        });
        let path = format!("/orders/{id}");
        let canceled = bench.call("DELETE", &path, Some(&caller), None).await;
        assert!(!bench.meter.waits());
        assert_each_eq!(
            (canceled.status, 200),
            (canceled.body["data"]["status"], "canceled"),
            "{canceled:?}"
        );
        let again = bench.call("DELETE", &path, Some(&caller), None).await;
        assert_eq!(again.body["error"]["code"], "ALREADY_CANCELED", "{again:?}");
    });
}

/// The function stood still after the write until the hold had expired, and a worker closed the order before the
/// write was repeated (simulation seed 20001323).
#[test]
fn order_without_a_key_knows_its_success_after_a_worker_closed_it() {
    in_paused_time(async {
        let bench = Bench::start().await;
        let (caller, deal) = (bench.user(), deal(&bench).await);
        let pk = format!("USER#{}", caller.id);
        bench.meter.overtake("STOCK_RESERVED", move |engine| {
            let events = ["STOCK_RELEASED", "CANCELED"]
                .map(|kind| json!({"M": {"kind": {"S": kind}, "at": {"N": "1795251600000"}}}));
            let values = json!({
                ":one": {"N": "1"}, ":canceled": {"S": "canceled"}, ":expired": {"S": "expired"},
                ":events": {"L": events},
            });
            let expression = "SET #version = #version + :one, #status = :canceled, #reason = :expired, \
                              #log = list_append(#log, :events)";
            let sk = only_sort_key(engine, "dibs-deals", &pk, "ORDER#");
            update(engine, "dibs-deals", (&pk, &sk), expression, &values);
        });
        let made = order(&bench, &caller, &deal).await;
        assert!(!bench.meter.waits());
        assert_eq!(made.body["data"]["status"], "canceled", "{made:?}");
        let store = bench.app.store();
        let stock = store.get_deal(&DealId::parse(&deal).unwrap()).await.unwrap().stock();
        let counts = store.count_units(&stock).await.unwrap();
        let all = StockCounts { left: Quantity(100), ..StockCounts::default() };
        assert_eq!(counts, all, "the request returns its units");
    });
}

#[test]
fn claim_without_a_key_knows_its_success_after_a_worker_granted_it() {
    in_paused_time(async {
        let bench = Bench::start().await;
        let ids = bench.campaign(Review::Auto, &[endless(points())]).await;
        let caller = bench.signed_in().await;
        let (pk, sk) = (format!("USER#{}", caller.id), format!("CLAIM#{}", ids.campaign));
        bench.meter.overtake("CLAIM#", move |engine| {
            let values = json!({":one": {"N": "1"}, ":granted": {"S": "granted"}});
            let expression = "SET #version = #version + :one, #lines[0].#status = :granted";
            update(engine, "dibs-rewards", (&pk, &sk), expression, &values);
        });
        let answer = bench.claim(&caller, &ids.campaign, &ids.rewards[0]).await;
        assert!(!bench.meter.waits());
        assert_eq!(answer.status, 202, "{answer:?}");
        let again = bench.claim(&caller, &ids.campaign, &ids.rewards[0]).await;
        assert_eq!(again.body["error"]["code"], "ALREADY_REQUESTED", "another request: {again:?}");
    });
}
