//! Tests of `POST /payments` for orders.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::{Call, Caller, TestApp};
use futures::future::{join, join_all};
use serde_json::{Value, json};

use super::{balance, charge, expect_one_payment, id_of, ledger, ordered, sale};

async fn order(user: &Caller, id: &str) -> Value {
    user.get(&format!("/orders/{id}")).await.expect(200)
}

#[tokio::test]
async fn payment_takes_the_money_and_gives_the_units() {
    let app = TestApp::start().await;
    let (user, deal) = (app.user(), sale(&app, json!({})).await);
    charge(&user, 1000).await.expect(201);
    let id = ordered(&user, &deal, 3).await;
    let payment = user.pay_order(&id).await.expect(201);
    let expected = json!({
        "id": format!("{}:2", user.id()), "user_id": user.id(), "order_id": id, "amount": 300,
        "status": "completed", "balance_after": 700, "created_at": payment["created_at"],
    });
    assert_eq!(payment, expected);
    let paid = order(&user, &id).await;
    assert_each_eq!((paid["status"], "confirmed"), (paid["payment_id"], payment["id"]));
    assert_eq!(paid["confirmed_at"], payment["created_at"]);
    let kinds = ["CREATED", "STOCK_RESERVED", "PAYMENT_COMPLETED", "CONFIRMED"];
    assert_eq!(user.order_events(&id).await, kinds);
    assert_eq!(user.get("/payments").await.expect(200), json!([payment]));
    assert_eq!(ledger(&user).await[1]["order_id"], json!(id));
    let deal = app.deal_now(&deal).await;
    assert_each_eq!((deal["sold_quantity"], 3), (deal["available_quantity"], 97));
    let events = app.events();
    let event = events.iter().find(|event| event.kind == "payment.completed").unwrap();
    assert_each_eq!((event.correlation_id, id), (json!(event.data)["purchase"], json!({"order_id": id})));
    app.finish().await;
}

#[tokio::test]
async fn payment_of_an_order_is_refused_without_enough_balance() {
    let app = TestApp::start().await;
    let (user, deal) = (app.user(), sale(&app, json!({})).await);
    let id = ordered(&user, &deal, 2).await;
    charge(&user, 199).await.expect(201);
    let error = user.pay_order(&id).key("k").await.refused(409, "INSUFFICIENT_BALANCE");
    assert_eq!(error["details"], json!({"balance": 199, "required": 200}));
    assert_each_eq!((order(&user, &id).await["status"], "reserved"), (balance(&user).await, 199));
    charge(&user, 1).await.expect(201);
    assert_eq!(user.pay_order(&id).key("k").await.expect(201)["balance_after"], 0);
    app.finish().await;
}

#[tokio::test]
async fn order_is_paid_once() {
    let app = TestApp::start().await;
    let (user, deal) = (app.user(), sale(&app, json!({})).await);
    charge(&user, 1000).await.expect(201);
    let id = ordered(&user, &deal, 1).await;
    let payment = user.pay_order(&id).key("k").await.expect(201);
    assert_eq!(user.pay_order(&id).key("k").await.expect(201), payment);
    for again in [user.pay_order(&id), user.pay_order(&id).key("l")] {
        let error = again.await.refused(409, "ALREADY_PAID");
        assert_eq!(error["details"], json!({"payment": payment}));
    }
    let other = ordered(&user, &deal, 1).await;
    user.pay_order(&other).key("k").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    let tries = join_all((0..10).map(|_| user.pay_order(&other).into_future())).await;
    expect_one_payment(tries);
    assert_each_eq!((ledger(&user).await.len(), 3), (balance(&user).await, 800));
    app.finish().await;
}

#[tokio::test]
async fn an_order_that_is_over_cannot_be_paid() {
    let app = TestApp::start().await;
    let (user, deal) = (app.user(), sale(&app, json!({"hold_seconds": 60})).await);
    charge(&user, 1000).await.expect(201);
    let (canceled, late) = (ordered(&user, &deal, 1).await, ordered(&user, &deal, 1).await);
    user.delete(&format!("/orders/{canceled}")).await.expect(200);
    let error = user.pay_order(&canceled).await.refused(409, "HOLD_EXPIRED");
    assert_each_eq!((error["details"]["status"], "canceled"), (error["details"]["reason"], "requested"));
    app.pass_seconds(60);
    let error = user.pay_order(&late).key("k").await.refused(409, "HOLD_EXPIRED");
    assert_eq!(error["details"]["reason"], "expired");
    // The hold has ended by the clock. It stays ended after the expiry is stored.
    app.wait_seconds(60).await;
    user.pay_order(&late).key("k").await.refused(409, "HOLD_EXPIRED");
    assert_each_eq!((ledger(&user).await.len(), 1), (balance(&user).await, 1000));
    app.finish().await;
}

#[tokio::test]
async fn order_is_paid_by_its_owner_only() {
    let app = TestApp::start().await;
    let (user, deal) = (app.user(), sale(&app, json!({})).await);
    let id = ordered(&user, &deal, 1).await;
    for other in [app.user(), app.admin()] {
        charge(&other, 1000).await.expect(201);
        other.pay_order(&id).await.refused(403, "FORBIDDEN");
        assert_eq!(balance(&other).await, 1000);
    }
    user.pay_order(&format!("{}:none", user.id())).await.refused(404, "NOT_FOUND");
    for body in [json!({"order_id": null}), json!({"order_id": "none"}), json!({"order_id": 1})] {
        user.post("/payments", body).await.invalid(&["order_id"]);
    }
    // A payment is for one purchase only.
    let both = json!({"order_id": id, "reservation_id": id});
    user.post("/payments", both).await.refused(400, "VALIDATION_ERROR");
    assert_eq!(order(&user, &id).await["status"], "reserved");
    app.finish().await;
}

/// Creates a deal behind a waiting room. Returns the ids of deal and waiting room, a user, and a queue token
/// that admits the user at position 1.
async fn behind_a_queue(app: &TestApp) -> (String, String, Caller, String) {
    let body = json!({"name": "Doors", "capacity": 10, "admissions_per_second": 10});
    let queue = id_of(&app.operator().post("/queues", body).await.expect(201));
    let user = app.user();
    let deal = sale(app, json!({"queue_id": queue})).await;
    charge(&user, 1000).await.expect(201);
    let token = app.queue_token(&queue, &user, 1);
    (deal, queue, user, token)
}

#[tokio::test]
async fn payment_of_an_order_ends_its_place_and_leaves_other_holds_payable() {
    let app = TestApp::start().await;
    let (deal, _, user, mine) = behind_a_queue(&app).await;
    let shown = |call: Call, token: &str| call.header("x-queue-token", token);
    let mut ids = Vec::new();
    for _ in 0..3 {
        ids.push(id_of(&shown(user.order(&deal, 1), &mine).await.expect(201)));
    }
    let payment = user.pay_order(&ids[0]).key("k").await.expect(201);
    assert_eq!(shown(user.pay_order(&ids[0]), &mine).key("k").await.expect(201), payment);
    shown(user.order(&deal, 1), &mine).await.refused(403, "QUEUE_TOKEN_EXPIRED");
    // The payment has ended the admission. Other orders made with it can be paid, even with another user's
    // queue token.
    user.pay_order(&ids[1]).await.expect(201);
    let foreign = app.queue_token("que_none", &app.user(), 1);
    shown(user.pay_order(&ids[2]), &foreign).await.expect(201);
    assert_eq!(balance(&user).await, 700);
    app.abandon();
}

#[tokio::test]
async fn order_can_be_paid_and_canceled_whatever_guards_its_deal_by_then() {
    let app = TestApp::start().await;
    let (deal, queue, user, mine) = behind_a_queue(&app).await;
    let order = async || id_of(&user.order(&deal, 1).header("x-queue-token", &mine).await.expect(201));
    let (first, second, third) = (order().await, order().await, order().await);
    let change = async |body| {
        app.operator().patch(&format!("/timedeals/{deal}"), body).await.expect(200);
    };
    change(json!({"queue_id": null})).await;
    user.pay_order(&first).await.expect(201);
    let body = json!({"name": "Other doors", "capacity": 1, "admissions_per_second": 1});
    let other = id_of(&app.operator().post("/queues", body).await.expect(201));
    change(json!({"queue_id": other})).await;
    user.pay_order(&second).await.expect(201);
    change(json!({"queue_id": queue})).await;
    app.pass_seconds(200);
    user.delete(&format!("/orders/{third}")).await.expect(200);
    assert_eq!(balance(&user).await, 800);
    app.abandon();
}

#[tokio::test]
async fn a_payment_and_a_cancellation_at_once_are_one_of_them() {
    let app = TestApp::start().await;
    let (user, deal) = (app.user(), sale(&app, json!({})).await);
    charge(&user, 2000).await.expect(201);
    let mut paid = 0;
    for number in 0..20 {
        let id = ordered(&user, &deal, 1).await;
        let (pay, cancel) = (user.pay_order(&id).into_future(), user.delete(&format!("/orders/{id}")));
        let (payment, canceled) = match number % 2 {
            0 => join(pay, cancel.into_future()).await,
            _ => {
                let (canceled, payment) = join(cancel.into_future(), pay).await;
                (payment, canceled)
            }
        };
        let status = order(&user, &id).await["status"].clone();
        if payment.status == 201 {
            canceled.refused(400, "CANNOT_CANCEL");
            assert_eq!(status, "confirmed");
            paid += 1;
        } else {
            payment.refused(409, "HOLD_EXPIRED");
            assert_each_eq!((canceled.status, 200), (status, json!("canceled")));
        }
    }
    assert_eq!(balance(&user).await, 2000 - 100 * paid);
    let deal = app.deal_now(&deal).await;
    assert_each_eq!((deal["sold_quantity"], json!(paid)), (deal["reserved_quantity"], 0));
    app.finish().await;
}
