//! Tests of units whose request died between its two writes.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::ids::{DealId, OrderId, UserId, fresh};
use serde_json::json;

use super::advance;

/// Takes units for an order whose request dies before it writes the order.
async fn abandon(app: &TestApp, deal: &str, quantity: u32) {
    let (store, now) = (app.app().store(), app.now());
    let stock = store.get_deal(&DealId::parse(deal).unwrap()).await.unwrap().stock();
    let order = OrderId::new(UserId::new("dead"), fresh(now, rand::random()));
    store.take_units(&stock, &order, domain::Quantity(quantity), now.plus_seconds(300), now).await.unwrap();
}

#[tokio::test]
async fn abandoned_units_return_when_their_hold_expires() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({})).await;
    abandon(&app, &deal, 3).await;
    assert_eq!(app.deal_now(&deal).await["reserved_quantity"], 3);
    app.wait_seconds(320).await;
    assert_eq!(app.deal_now(&deal).await["reserved_quantity"], 0);
    app.finish().await;
}

#[tokio::test]
async fn abandoned_units_and_orders_are_found_without_their_message() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({})).await;
    let user = app.user();
    let unpaid = user.order(&deal, 2).await.expect(201);
    abandon(&app, &deal, 3).await;
    assert_eq!(app.deal_now(&deal).await["reserved_quantity"], 5);
    advance(&app).await;
    assert_eq!(app.deal_now(&deal).await["reserved_quantity"], 5, "nothing is over");
    // The machine's clock is not moved, so the delayed messages that would return the units do not arrive.
    app.pass_seconds(600);
    advance(&app).await;
    assert_eq!(app.deal_now(&deal).await["reserved_quantity"], 0);
    let order = user.get(&format!("/orders/{}", unpaid["id"].as_str().unwrap())).await.expect(200);
    assert_each_eq!((order["status"], "canceled"), (order["reason"], "expired"));
    app.finish().await;
}
