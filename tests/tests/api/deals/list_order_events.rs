//! Tests of `GET /orders/{order_id}/events`, the event log of an order.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::each;

#[tokio::test]
async fn events_of_an_order_are_shown_to_its_owner_and_to_staff() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({})).await;
    let user = app.user();
    let made = user.order(&deal, 1).await.expect(201);
    let path = format!("/orders/{}/events", made["id"].as_str().unwrap());
    let own = user.get(&path).await.snapshot(200);
    for reader in [app.operator(), app.auditor(), app.admin()] {
        assert_eq!(reader.get(&path).await.expect(200), own);
    }
    app.user().get(&path).await.refused(403, "FORBIDDEN");
    app.anonymous().get(&path).await.refused(401, "UNAUTHORIZED");
    user.get(&format!("/orders/{}:none/events", user.id())).await.refused(404, "NOT_FOUND");
    app.finish().await;
}

#[tokio::test]
async fn events_of_an_order_name_each_change_and_its_actor() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"deal_price": 10_000})).await;
    let user = app.user();
    let me = json!({"type": "user", "id": user.id()});
    let made = user.order(&deal, 3).await.expect(201);
    let path = format!("/orders/{}", made["id"].as_str().unwrap());
    user.post("/balance/charge", json!({"amount": 30_000})).await.expect(201);
    let payment = user.post("/payments", json!({"order_id": made["id"]})).await.expect(201);
    let log = user.get(&format!("{path}/events")).await.expect(200);
    let told: Vec<_> =
        log.as_array().unwrap().iter().map(|one| (&one["type"], &one["actor"], &one["payload"])).collect();
    let created = json!({"time_deal_id": deal, "quantity": 3, "unit_price": 10_000, "total_price": 30_000});
    let paid = json!({"reference": payment["id"], "amount": 30_000});
    assert_eq!(
        told,
        [
            (&json!("CREATED"), &me, &created),
            (&json!("STOCK_RESERVED"), &me, &json!({"quantity": 3})),
            (&json!("PAYMENT_COMPLETED"), &me, &paid),
            (&json!("CONFIRMED"), &me, &json!({"payment_id": payment["id"]})),
        ]
    );
    let ids: Vec<_> = (1..=4).map(|number| format!("{}:{number}", made["id"].as_str().unwrap())).collect();
    assert_eq!(each(&log, "id"), ids);
    let order = user.get(&path).await.expect(200);
    assert_eq!(order["updated_at"], log[3]["created_at"]);
    assert_each_eq!((order["status"], "confirmed"), (order["payment_id"], payment["id"]));
    assert_eq!(order["confirmed_at"], log[3]["created_at"]);
    app.finish().await;
}

#[tokio::test]
async fn cancellation_names_who_canceled_after_the_units_were_released() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"hold_seconds": 60})).await;
    let (user, admin) = (app.user(), app.admin());
    let order = async || user.order(&deal, 1).await.expect(201)["id"].as_str().unwrap().to_owned();
    let ends = async |id: &str| {
        let log = user.get(&format!("/orders/{id}/events")).await.expect(200);
        let last: Vec<_> = log.as_array().unwrap().iter().skip(2).cloned().collect();
        assert_eq!(each(&json!(last), "type"), ["STOCK_RELEASED", "CANCELED"]);
        assert_eq!(last[0]["actor"], last[1]["actor"]);
        last[1]["actor"].clone()
    };
    let (own, others, late) = (order().await, order().await, order().await);
    user.delete(&format!("/orders/{own}")).await.expect(200);
    assert_eq!(ends(&own).await, json!({"type": "user", "id": user.id()}));
    admin.delete(&format!("/orders/{others}")).await.expect(200);
    assert_eq!(ends(&others).await, json!({"type": "admin", "id": admin.id()}));
    app.pass_seconds(60);
    assert_eq!(ends(&late).await, json!({"type": "system"}));
    app.finish().await;
}
