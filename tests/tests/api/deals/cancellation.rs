//! Tests of canceled deals, which cancel their open orders too.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

#[tokio::test]
async fn open_orders_are_canceled_and_paid_orders_stay() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 30})).await;
    let (paying, waiting) = (app.user(), app.user());
    let paid = paying.order(&deal, 10).await.expect(201);
    let mut open = Vec::new();
    for quantity in [10, 7, 3] {
        open.push(waiting.order(&deal, quantity).await.expect(201)["id"].as_str().unwrap().to_owned());
    }
    paying.post("/balance/charge", json!({"amount": 299_000})).await.expect(201);
    paying.post("/payments", json!({"order_id": paid["id"]})).await.expect(201);
    app.operator().patch(&format!("/timedeals/{deal}"), json!({"status": "canceled"})).await.expect(200);
    let shown = app.deal_now(&deal).await;
    assert_each_eq!(
        (shown["status"], "canceled"),
        (shown["reserved_quantity"], 0),
        (shown["sold_quantity"], 10)
    );
    for id in &open {
        let order = waiting.get(&format!("/orders/{id}")).await.expect(200);
        assert_each_eq!((order["status"], "canceled"), (order["reason"], "deal_canceled"));
        let events = waiting.get(&format!("/orders/{id}/events")).await.expect(200);
        assert_eq!(events[2]["actor"], json!({"type": "system"}));
    }
    let id = paid["id"].as_str().unwrap();
    assert_eq!(paying.get(&format!("/orders/{id}")).await.expect(200)["status"], "confirmed");
    app.finish().await;
}

#[tokio::test]
async fn a_large_deal_is_closed_in_several_steps() {
    let app = TestApp::start().await;
    // The deal has more buckets than one message covers.
    let deal = app.deal(json!({"stock_quantity": 1200})).await;
    let mut open = Vec::new();
    for _ in 0..12 {
        let user = app.user();
        let order = user.order(&deal, 1).await.expect(201);
        open.push((user, order["id"].as_str().unwrap().to_owned()));
    }
    app.operator().patch(&format!("/timedeals/{deal}"), json!({"status": "canceled"})).await.expect(200);
    app.settle().await;
    for (user, id) in open {
        let order = user.get(&format!("/orders/{id}")).await.expect(200);
        assert_each_eq!((order["status"], "canceled"), (order["reason"], "deal_canceled"));
    }
    app.finish().await;
}
