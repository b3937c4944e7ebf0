//! Tests of `GET /orders/{order_id}`, one order.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

#[tokio::test]
async fn order_is_shown_to_its_owner_and_to_staff() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({})).await;
    let user = app.user();
    let made = user.order(&deal, 1).await.expect(201);
    let path = format!("/orders/{}", made["id"].as_str().unwrap());
    for reader in [app.operator(), app.auditor(), app.admin()] {
        assert_eq!(reader.get(&path).await.expect(200), made);
    }
    app.user().get(&path).await.refused(403, "FORBIDDEN");
    app.anonymous().get(&path).await.refused(401, "UNAUTHORIZED");
    for path in [format!("/orders/{}:none", user.id()), "/orders/none".to_owned()] {
        user.get(&path).await.refused(404, "NOT_FOUND");
    }
    app.finish().await;
}

#[tokio::test]
async fn unpaid_order_is_canceled_when_its_time_is_over() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"hold_seconds": 60, "stock_quantity": 2})).await;
    let user = app.user();
    let made = user.order(&deal, 2).await.expect(201);
    let path = format!("/orders/{}", made["id"].as_str().unwrap());
    app.pass_millis(60_000);
    // The order is shown as expired before and after the expiry is stored.
    let over = user.get(&path).await.expect(200);
    assert_each_eq!((over["status"], "canceled"), (over["reason"], "expired"));
    assert_eq!(over["canceled_at"], made["expires_at"]);
    let log = user.get(&format!("{path}/events")).await.expect(200);
    assert_eq!(log[2]["actor"], json!({"type": "system"}));
    user.post("/balance/charge", json!({"amount": 59_800})).await.expect(201);
    user.post("/payments", json!({"order_id": made["id"]})).await.refused(409, "HOLD_EXPIRED");
    app.pass_seconds(10);
    assert_eq!(app.deal_now(&deal).await["available_quantity"], 2);
    assert_eq!(user.get(&path).await.expect(200), over);
    assert_eq!(user.get(&format!("{path}/events")).await.expect(200), log);
    app.finish().await;
}
