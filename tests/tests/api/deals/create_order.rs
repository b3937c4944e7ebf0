//! Tests of `POST /orders`, which reserves units of a deal.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::ids::{DealId, OrderId};
use domain::orders::Order;
use serde_json::{Value, json};
use store::Saved;

use super::{bodies_are_checked, guarded, queue};

#[tokio::test]
async fn units_are_reserved_for_whom_they_were_ordered() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"hold_seconds": 60})).await;
    let (user, before) = (app.user(), app.now());
    let made = user.order(&deal, 2).await.snapshot(201);
    let id = made["id"].as_str().unwrap();
    assert!(id.starts_with(user.id().as_str()), "{id}");
    let shown = app.anonymous().get(&format!("/timedeals/{deal}")).await.expect(200);
    let expected = json!({
        "id": id, "user_id": user.id(), "time_deal_id": deal,
        "product": {"id": shown["product"]["id"], "name": "Cat tree", "thumbnail_url": null},
        "quantity": 2, "unit_price": 29_900, "total_price": 59_800, "status": "reserved", "reason": null,
        "expires_at": made["expires_at"], "created_at": made["created_at"], "updated_at": made["created_at"],
        "reserved_at": made["created_at"],
        "confirmed_at": null, "canceled_at": null, "payment_id": null,
    });
    assert_eq!(made, expected);
    let at = |name: &str| made[name].as_str().unwrap().parse::<domain::Timestamp>().unwrap();
    assert_eq!(at("expires_at"), at("created_at").plus_seconds(60));
    assert!(at("created_at") >= before);
    let deal = app.deal_now(&deal).await;
    assert_each_eq!(
        (deal["reserved_quantity"], 2),
        (deal["available_quantity"], 98),
        (deal["sold_quantity"], 0)
    );
    app.finish().await;
}

#[tokio::test]
async fn order_is_of_one_unit_by_default_and_its_deal_may_be_named_by_number() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({})).await;
    let user = app.user();
    assert_eq!(user.post("/orders", json!({"time_deal_id": deal})).await.expect(201)["quantity"], 1);
    let error = user.post("/orders", json!({"time_deal_id": 99_999})).await.refused(404, "NOT_FOUND");
    assert_eq!(error["message"], "There is no such time deal.");
    app.finish().await;
}

#[tokio::test]
async fn invalid_order_is_refused() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({})).await;
    let user = app.user();
    let tables = app.tables().await;
    for quantity in [json!(0), json!(11), json!(100), json!(1.5), json!(-1)] {
        let body = json!({"time_deal_id": deal, "quantity": quantity});
        let error = user.post("/orders", body).await.refused(400, "INVALID_QUANTITY");
        assert_eq!(error["details"], json!({"quantity": quantity, "min": 1, "max": 10}));
    }
    for body in [
        json!({}),
        json!({"quantity": 1}),
        json!({"time_deal_id": deal, "quantity": "two"}),
        json!({"time_deal_id": deal, "quantity": null}),
        json!({"time_deal_id": [deal]}),
        json!({"time_deal_id": deal, "product": 1}),
    ] {
        user.post("/orders", body).await.refused(400, "VALIDATION_ERROR");
    }
    app.unchanged_since(&tables).await;
    bodies_are_checked(&app, "POST", "/orders", 64).await;
    guarded(&app, "POST", "/orders", &["operator", "auditor"]).await;
    app.finish().await;
}

#[tokio::test]
async fn a_deal_can_be_ordered_while_it_is_active() {
    let app = TestApp::start().await;
    let at = |seconds: i64| app.now().plus_seconds(seconds);
    let deal = app.deal(json!({"start_at": at(60), "end_at": at(120)})).await;
    let user = app.user();
    let refused = async |status: &str| {
        let error = user.order(&deal, 1).await.refused(400, "DEAL_NOT_ACTIVE");
        assert_eq!(error["details"]["status"], status, "{error}");
    };
    refused("scheduled").await;
    app.pass_seconds(60);
    user.order(&deal, 1).await.expect(201);
    app.pass_seconds(60);
    refused("ended").await;
    let canceled = app.deal(json!({})).await;
    let cancel = json!({"status": "canceled"});
    app.operator().patch(&format!("/timedeals/{canceled}"), cancel).await.expect(200);
    app.pass_seconds(1);
    let error = user.order(&canceled, 1).await.refused(400, "DEAL_NOT_ACTIVE");
    assert_eq!(error["details"]["status"], "canceled");
    app.finish().await;
}

#[tokio::test]
async fn a_refusal_says_how_many_there_are() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 15})).await;
    for quantity in [7, 5] {
        app.user().order(&deal, quantity).await.expect(201);
    }
    // The refusals that are decided on the buckets and that on cached unit counts are the same.
    for seconds in [0, 0, 1] {
        app.pass_seconds(seconds);
        let error = app.user().order(&deal, 4).await.refused(409, "INSUFFICIENT_STOCK");
        assert_eq!(error["details"], json!({"available": 3, "requested": 4}));
    }
    // The order succeeds although its units are in several buckets.
    app.user().order(&deal, 3).await.expect(201);
    let tables = app.tables().await;
    let error = app.user().order(&deal, 1).await.refused(409, "INSUFFICIENT_STOCK");
    assert_eq!(error["details"], json!({"available": 0, "requested": 1}));
    app.unchanged_since(&tables).await;
    let shown = app.deal_now(&deal).await;
    assert_each_eq!((shown["status"], "soldout"), (shown["available_quantity"], 0));
    app.finish().await;
}

#[tokio::test]
async fn the_same_key_gives_the_same_order() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 3, "hold_seconds": 60})).await;
    let user = app.user();
    let first = user.order(&deal, 2).key("k-1").await.expect(201);
    assert_eq!(user.order(&deal, 2).key("k-1").await.expect(201), first);
    user.order(&deal, 1).key("k-1").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    user.order(&deal, 2).key("k-2").await.refused(409, "INSUFFICIENT_STOCK");
    // A request that was refused with this `Idempotency-Key` is decided again.
    app.wait_seconds(70).await;
    let second = user.order(&deal, 2).key("k-2").await.expect(201);
    assert_ne!(second["id"], first["id"]);
    // A repeat returns the first order with its present status.
    let again = user.order(&deal, 2).key("k-1").await.expect(201);
    assert_each_eq!((again["id"], first["id"]), (again["status"], "canceled"));
    app.finish().await;
}

/// Checks the repeat of a request that took its units and died. Its order is a tombstone, so its
/// `Idempotency-Key` cannot be used any more.
#[tokio::test]
async fn a_key_whose_first_request_has_died_is_of_no_use() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({})).await;
    let user = app.user();
    let made = user.order(&deal, 1).key("k-1").await.expect(201);
    let id = OrderId::parse(made["id"].as_str().unwrap()).unwrap();
    let store = app.app().store();
    let (there, deal_now) =
        (store.get_order(&id).await.unwrap(), store.get_deal(&DealId::parse(&deal).unwrap()).await.unwrap());
    let dead = Order::abandoned(id, &deal_now, there.parts[0], app.now());
    let saved =
        store.save_order(&Order { version: there.version + 1, trail: there.trail, ..dead }).await.unwrap();
    assert_eq!(saved, Saved::Done);
    user.order(&deal, 1).key("k-1").await.refused(409, "CONFLICT");
    user.order(&deal, 1).key("k-2").await.expect(201);
    app.finish().await;
}

#[tokio::test]
async fn parallel_tries_of_one_request_are_one_order() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 40})).await;
    let user = app.user();
    let calls = (0..20).map(|_| user.order(&deal, 7).key("k").into_future());
    let replies = futures::future::join_all(calls).await;
    let made: Vec<Value> = replies.into_iter().map(|reply| reply.expect(201)).collect();
    assert!(made.iter().all(|one| *one == made[0]), "{made:#?}");
    assert_eq!(app.deal_now(&deal).await["available_quantity"], 33);
    app.finish().await;
}

#[tokio::test]
async fn order_behind_a_queue_takes_a_token() {
    let app = TestApp::start().await;
    let queue = queue(&app).await;
    let deal = app.deal(json!({"queue_id": queue})).await;
    let user = app.user();
    let late = app.queue_token(&queue, &user, 9);
    app.pass_seconds(60);
    let tables = app.tables().await;
    let foreign = app.queue_token(&queue, &app.user(), 1);
    for (token, code) in [
        (String::new(), "QUEUE_TOKEN_REQUIRED"),
        (foreign, "QUEUE_TOKEN_INVALID"),
        (late, "QUEUE_TOKEN_EXPIRED"),
    ] {
        user.order(&deal, 1).header("x-queue-token", &token).await.refused(403, code);
    }
    app.unchanged_since(&tables).await;
    let token = app.queue_token(&queue, &user, 1);
    let made = user.order(&deal, 1).key("k").header("x-queue-token", &token).await.expect(201);
    // A repeat returns the order without a queue token.
    assert_eq!(user.order(&deal, 1).key("k").await.expect(201), made);
    app.finish().await;
}

#[tokio::test]
async fn order_is_refused_where_the_address_must_be_confirmed_and_is_not() {
    let (app, member) = TestApp::with_unconfirmed_member().await;
    let body = json!({"time_deal_id": "tdl_none"});
    member.caller.post("/orders", body).await.refused(403, "EMAIL_NOT_CONFIRMED");
    app.finish().await;
}
