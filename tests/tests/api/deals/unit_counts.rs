//! Tests of a deal's unit counts: the relay sums up stream records, and a recount corrects the sum.

use dibs_tests::harness::TestApp;
use domain::deals::{Sequence, UnitsMoved};
use domain::ids::DealId;
use serde_json::{Value, json};

use super::advance;

fn displayed_counts(deal: &Value) -> [&Value; 3] {
    ["available_quantity", "reserved_quantity", "sold_quantity"].map(|name| &deal[name])
}

#[tokio::test]
async fn figures_follow_orders_payments_and_cancellations() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 40})).await;
    let user = app.user();
    user.post("/balance/charge", json!({"amount": 1_000_000})).await.expect(201);
    let mut orders = Vec::new();
    for quantity in [10, 7, 5] {
        orders.push(user.order(&deal, quantity).await.expect(201)["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(displayed_counts(&app.deal_now(&deal).await), [18, 22, 0]);
    user.post("/payments", json!({"order_id": orders[0]})).await.expect(201);
    user.delete(&format!("/orders/{}", orders[1])).await.expect(200);
    assert_eq!(displayed_counts(&app.deal_now(&deal).await), [25, 5, 10]);
    app.finish().await;
}

/// Checks that unit counts that are too high, as after a deployment that counted records twice, are corrected
/// once no unit moves any more, and not before.
#[tokio::test]
async fn figures_that_are_wrong_are_corrected_once_nothing_moves() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 40})).await;
    app.user().order(&deal, 3).await.expect(201);
    assert_eq!(displayed_counts(&app.deal_now(&deal).await), [37, 3, 0]);
    let (id, one) = (DealId::parse(&deal).unwrap(), Sequence::parse("1").unwrap());
    let twice = [(one, UnitsMoved { reserved: 3, sold: 0 })];
    app.app().store().count_moves(&id, "another shard", &twice, app.now()).await.unwrap();
    advance(&app).await;
    assert_eq!(
        displayed_counts(&app.deal_now(&deal).await),
        [34, 6, 0],
        "the stream may be about to tell of it"
    );
    app.pass_seconds(90);
    advance(&app).await;
    assert_eq!(displayed_counts(&app.deal_now(&deal).await), [37, 3, 0]);
    app.finish().await;
}

#[tokio::test]
async fn shard_that_is_over_is_taken_into_the_base() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 40})).await;
    let user = app.user();
    user.post("/balance/charge", json!({"amount": 1_000_000})).await.expect(201);
    let order = user.order(&deal, 3).await.expect(201);
    user.post("/payments", json!({"order_id": order["id"]})).await.expect(201);
    app.settle().await;
    let id = DealId::parse(&deal).unwrap();
    let shards = async || app.app().store().get_deal_counts(&id).await.unwrap().shards.len();
    assert_eq!(shards().await, 1);
    for _ in 0..2 {
        // The first run verifies the unit counts; the second finds that the shard has been silent for a day.
        app.pass_seconds(14 * 60 * 60);
        advance(&app).await;
    }
    assert_eq!(shards().await, 0);
    assert_eq!(displayed_counts(&app.deal_now(&deal).await), [37, 0, 3]);
    app.finish().await;
}

/// Checks how Lambda reads the streams. It names the shard only to a function with a tumbling window, and
/// counting requires one batch of a shard at a time.
#[test]
fn mappings_of_the_streams_name_their_shards() {
    let read =
        |path: &str| std::fs::read_to_string(format!("{}/../{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let terraform = read("terraform/modules/messaging/workers.tf");
    assert!(terraform.contains("tumbling_window_in_seconds = 900"));
    assert!(!terraform.contains("parallelization_factor ="));
    assert!(read("tests/infra/template.py").contains(r#""TumblingWindowInSeconds": 900"#));
    for domain in ["accounts", "rewards", "waiting-room", "concerts", "wallet", "deals"] {
        let event = read(&format!("events/{domain}/relay-changes.json"));
        let event: Value = serde_json::from_str(&event).unwrap();
        assert!(event["shardId"].is_string(), "{domain}: as Lambda calls it then");
    }
}
