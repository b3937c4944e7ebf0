//! Tests of writes whose response is lost, while a worker or a callback writes before the SDK repeats them:
//! each request recognizes its own success, and takes no other write for its own.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use dibs_tests::cost::bench::{Bench, Who};
use dibs_tests::cost::in_paused_time;
use dibs_tests::cost::setting::{endless, points};
use domain::accounts::Role;
use domain::campaigns::Review;
use domain::claims::LineStatus;
use integrations::{ServiceReply, script};
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

/// Creates a deal and orders one unit of it. Returns the id of the order.
async fn ordered(bench: &Bench, who: &Who) -> String {
    let operator = bench.somebody(Role::Operator);
    let product = json!({"name": "Cat tree", "price": 45_000, "category": "living"});
    let product = bench.call("POST", "/products", Some(&operator), Some(product)).await;
    let deal = json!({
        "product_id": product.body["data"]["id"], "deal_price": 29_900, "stock_quantity": 100,
        "start_at": bench.app.now().plus_seconds(-60), "end_at": bench.app.now().plus_seconds(3_600),
    });
    let deal = bench.call("POST", "/timedeals", Some(&operator), Some(deal)).await;
    let order = json!({"time_deal_id": deal.body["data"]["id"], "quantity": 1});
    let made = bench.call("POST", "/orders", Some(who), Some(order)).await;
    assert_eq!(made.status, 201, "{made:?}");
    made.body["data"]["id"].as_str().unwrap().to_owned()
}

#[test]
fn cancellation_of_an_order_knows_its_success_after_a_callback() {
    in_paused_time(async {
        let bench = Bench::start().await;
        let who = bench.user();
        let id = ordered(&bench, &who).await;
        let (pk, sk) = (format!("USER#{}", who.id), format!("ORDER#{}", id.rsplit(':').next().unwrap()));
        bench.meter.overtake("CANCELED", move |engine| {
            let event = json!({"M": {
                "kind": {"S": "PAYMENT_COMPLETED"}, "at": {"N": "1795251600000"}, "note": {"S": "r"},
            }});
            let values = json!({":one": {"N": "1"}, ":events": {"L": [event]}});
            let expression = "SET #version = #version + :one, #log = list_append(#log, :events)";
            update(engine, "dibs-deals", (&pk, &sk), expression, &values);
        });
        let path = format!("/orders/{id}");
        let canceled = bench.call("DELETE", &path, Some(&who), None).await;
        assert!(!bench.meter.waits_to_overtake());
        assert_eq!(
            (canceled.status, &canceled.body["data"]["status"]),
            (200, &json!("canceled")),
            "{canceled:?}"
        );
        let again = bench.call("DELETE", &path, Some(&who), None).await;
        assert_eq!(again.body["error"]["code"], "ALREADY_CANCELED", "{again:?}");
    });
}

#[test]
fn claim_without_a_key_knows_its_success_after_a_worker_granted_it() {
    in_paused_time(async {
        let bench = Bench::start().await;
        let setting = bench.campaign(Review::Auto, &[endless(points())]).await;
        let who = bench.signed_in().await;
        let (pk, sk) = (format!("USER#{}", who.id), format!("CLAIM#{}", setting.campaign));
        bench.meter.overtake("CLAIM#", move |engine| {
            let values = json!({":one": {"N": "1"}, ":granted": {"S": "granted"}});
            let expression = "SET #version = #version + :one, #lines[0].#status = :granted";
            update(engine, "dibs-rewards", (&pk, &sk), expression, &values);
        });
        let answer = bench.claim(&who, &setting.campaign, &setting.rewards[0]).await;
        assert!(!bench.meter.waits_to_overtake());
        assert_eq!(answer.status, 202, "{answer:?}");
        let again = bench.claim(&who, &setting.campaign, &setting.rewards[0]).await;
        assert_eq!(again.body["error"]["code"], "ALREADY_REQUESTED", "another request: {again:?}");
    });
}

/// Checks two deliveries of one message, which read the same version of the claim and call the fulfilment
/// service at once. One call is executed without a response, and a gateway refuses the other one, which says
/// nothing about the first (simulation seeds 72002670 and 72004698).
#[test]
fn refused_call_of_one_of_two_workers_that_began_at_once_is_not_the_only_call() {
    in_paused_time(async {
        let calls = AtomicUsize::new(0);
        let mut bench = Bench::with_script(script(move |_| {
            let call = calls.fetch_add(1, Ordering::Relaxed);
            Box::pin(async move {
                let answer =
                    |status, body: Value| ServiceReply::Answer { status, body: body.to_string().into() };
                match call {
                    0 => {
                        tokio::time::sleep(Duration::from_secs(3)).await;
                        ServiceReply::Timeout
                    }
                    1 => answer(404, json!({"message": "no such route"})),
                    _ => answer(200, json!({"already": true, "reference": "ref-1"})),
                }
            })
        }))
        .await;
        let setting = bench.outside_campaign().await;
        let who = bench.signed_in().await;
        let claimed = bench.claim(&who, &setting.campaign, &setting.rewards[0]).await;
        assert_eq!(claimed.status, 202, "{claimed:?}");
        let message = bench.relay().await.messages["grants"][0].clone();
        bench.app.revocations().refresh(bench.app.store(), bench.app.now()).await;
        let deliver = || bench.deliver(&rewards::workers::grant_rewards::WORKER, &message);
        let done: (bool, bool) = tokio::join!(deliver(), deliver());
        let store = bench.app.store();
        let claim = store.get_claim(&who.id, &setting.campaign).await.unwrap();
        assert_eq!((done, claim.lines[0].status), ((false, false), LineStatus::Granting), "{claim:?}");
        assert!(deliver().await, "the message comes again");
        let claim = store.get_claim(&who.id, &setting.campaign).await.unwrap();
        assert_eq!(
            (claim.lines[0].status, claim.lines[0].reference.as_deref()),
            (LineStatus::Granted, Some("ref-1"))
        );
    });
}

/// Charges without an `Idempotency-Key` are requests of their own, also when user, amount and millisecond are
/// the same (simulation seed 8).
#[test]
fn charges_without_a_key_in_one_millisecond_are_two_charges() {
    in_paused_time(async {
        let bench = Bench::start().await;
        let who = bench.user();
        let charge = || bench.call("POST", "/balance/charge", Some(&who), Some(json!({"amount": 100})));

        let (one, other) = tokio::join!(charge(), charge());

        assert_eq!((one.status, other.status), (201, 201), "{one:?} {other:?}");
        assert_ne!(one.body["data"]["number"], other.body["data"]["number"], "{one:?} {other:?}");
        let balance = bench.call("GET", "/balance", Some(&who), None).await;
        assert_eq!(balance.body["data"]["balance"], 200, "{balance:?}");
    });
}
