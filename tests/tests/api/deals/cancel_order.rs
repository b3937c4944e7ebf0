//! Tests of `DELETE /orders/{order_id}`, which cancels an order.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::guarded;

fn path(order: &Value) -> String {
    format!("/orders/{}", order["id"].as_str().unwrap())
}

#[tokio::test]
async fn canceled_units_return_to_the_stock() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 15})).await;
    let user = app.user();
    // Little stock is left, so the orders take units from several buckets.
    let all = [user.order(&deal, 10).await.expect(201), user.order(&deal, 5).await.expect(201)];
    assert_eq!(app.deal_now(&deal).await["status"], "soldout");
    for order in &all {
        let canceled = user.delete(&path(order)).await.expect(200);
        assert!(canceled["status"] == "canceled" && canceled["canceled_at"].is_string(), "{canceled}");
        assert_eq!(canceled["reason"], "requested");
        assert_eq!(user.get(&path(order)).await.expect(200), canceled);
    }
    user.delete(&path(&all[0])).await.refused(400, "ALREADY_CANCELED");
    let shown = app.deal_now(&deal).await;
    assert_each_eq!((shown["status"], "active"), (shown["available_quantity"], 15));
    app.user().order(&deal, 10).await.expect(201);
    app.finish().await;
}

#[tokio::test]
async fn paid_order_cannot_be_canceled() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({})).await;
    let user = app.user();
    let made = user.order(&deal, 1).await.expect(201);
    user.post("/balance/charge", json!({"amount": 29_900})).await.expect(201);
    user.post("/payments", json!({"order_id": made["id"]})).await.expect(201);
    let error = user.delete(&path(&made)).await.refused(400, "CANNOT_CANCEL");
    assert_eq!(error["details"]["status"], "confirmed");
    app.pass_seconds(400);
    let shown = app.deal_now(&deal).await;
    assert_each_eq!((shown["sold_quantity"], 1), (shown["reserved_quantity"], 0));
    app.finish().await;
}

#[tokio::test]
async fn two_cancels_and_an_expiry_at_once_give_back_once() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 12, "hold_seconds": 60})).await;
    let user = app.user();
    let made = user.order(&deal, 5).await.expect(201);
    app.pass_millis(59_995);
    let path = path(&made);
    let cancel = || user.delete(&path).into_future();
    let (one, other, ()) = tokio::join!(cancel(), cancel(), async {
        app.pass_millis(10);
        app.settle().await;
    });
    for reply in [one, other] {
        let status = reply.status;
        assert!(status == 200 || status == 400, "{status}");
    }
    assert_eq!(app.deal_now(&deal).await["available_quantity"], 12);
    let log = user.get(&format!("{path}/events")).await.expect(200);
    let kinds: Vec<&str> = log.as_array().unwrap().iter().map(|one| one["type"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["CREATED", "STOCK_RESERVED", "STOCK_RELEASED", "CANCELED"]);
    app.finish().await;
}

#[tokio::test]
async fn order_is_canceled_by_its_owner_only() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({})).await;
    let user = app.user();
    let made = user.order(&deal, 1).await.expect(201);
    app.user().delete(&path(&made)).await.refused(403, "FORBIDDEN");
    user.delete(&format!("/orders/{}:none", user.id())).await.refused(404, "NOT_FOUND");
    user.delete("/orders/none").await.refused(404, "NOT_FOUND");
    guarded(&app, "DELETE", &path(&made), &["operator", "auditor"]).await;
    assert_eq!(user.get(&path(&made)).await.expect(200), made);
    app.finish().await;
}
