//! Tests of `POST /payments`, which pays from the balance.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::{Call, Caller, TestApp};
use domain::accounts::Role;
use domain::ids::ReservationId;
use serde_json::{Value, json};

use super::{balance, bodies_are_checked, charge, guarded, held, id_of, ledger, ordered, pay, sale, show};

async fn reservation(user: &Caller, id: &str) -> Value {
    user.get(&format!("/reservations/{id}")).await.expect(200)
}

#[tokio::test]
async fn payment_takes_the_money_and_gives_the_seats() {
    let app = TestApp::start().await;
    let (user, show) = (app.user(), show(&app, json!({})).await);
    charge(&user, 1000).await.expect(201);
    let id = held(&user, &show, json!([1, 13, 25, 50])).await;
    let payment = pay(&user, &id).await.snapshot(201);
    let expected = json!({
        "id": format!("{}:2", user.id()), "user_id": user.id(), "reservation_id": id, "amount": 400,
        "status": "completed", "balance_after": 600, "created_at": payment["created_at"],
    });
    assert_eq!(payment, expected);
    let paid = reservation(&user, &id).await;
    assert_each_eq!((paid["status"], "paid"), (paid["payment_id"], payment["id"]));
    assert_eq!(paid["paid_at"], payment["created_at"]);
    let sold = app.statuses(&show.0, &show.1).await.into_iter().filter(|status| status == "sold").count();
    assert_each_eq!((sold, 4), (balance(&user).await, 600));
    app.settle().await;
    let events = app.events();
    let event = events.iter().find(|event| event.kind == "payment.completed").unwrap();
    assert_each_eq!((event.id.as_str(), &*format!("{}:2:payment", user.id())), (event.correlation_id, id));
    assert_eq!(json!(event.data)["purchase"], json!({"reservation_id": id}));
    assert_eq!(events.iter().filter(|event| event.kind == "payment.completed").count(), 1);
    app.finish().await;
}

#[tokio::test]
async fn payment_is_refused_without_enough_balance() {
    let app = TestApp::start().await;
    let (user, show) = (app.user(), show(&app, json!({})).await);
    let id = held(&user, &show, json!([7])).await;
    for (charged, balance) in [(0, 0), (60, 60), (39, 99)] {
        if charged > 0 {
            charge(&user, charged).await.expect(201);
        }
        let error = pay(&user, &id).await.refused(409, "INSUFFICIENT_BALANCE");
        assert_eq!(error["details"], json!({"balance": balance, "required": 100}));
    }
    assert_eq!(reservation(&user, &id).await["status"], "held");
    // A payment that was refused can be retried with the same `Idempotency-Key`.
    pay(&user, &id).key("k").await.refused(409, "INSUFFICIENT_BALANCE");
    charge(&user, 1).await.expect(201);
    assert_eq!(pay(&user, &id).key("k").await.expect(201)["balance_after"], 0);
    app.finish().await;
}

#[tokio::test]
async fn reservation_is_paid_once() {
    let app = TestApp::start().await;
    let (user, show) = (app.user(), show(&app, json!({})).await);
    charge(&user, 1000).await.expect(201);
    let id = held(&user, &show, json!([7])).await;
    let payment = pay(&user, &id).key("k").await.expect(201);
    assert_eq!(pay(&user, &id).key("k").await.expect(201), payment);
    for again in [pay(&user, &id), pay(&user, &id).key("l")] {
        let error = again.await.refused(409, "ALREADY_PAID");
        assert_eq!(error["details"], json!({"payment": payment}));
    }
    let other = held(&user, &show, json!([8])).await;
    pay(&user, &other).key("k").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    // The same `Idempotency-Key` on another route or of another user identifies another request.
    charge(&user, 5).key("k").await.expect(201);
    let entries = ledger(&user).await;
    assert_eq!(entries.iter().filter(|entry| entry["type"] == "payment").count(), 1);
    // After the `Idempotency-Key` has expired, the payment itself tells which request it is of.
    for _ in 0..15 {
        charge(&user, 1).await.expect(201);
    }
    app.pass_seconds(3 * 24 * 60 * 60);
    let user =
        app.signed_in(user.id().clone(), &[domain::accounts::Role::User], app.now(), app.app().tokens());
    assert_eq!(pay(&user, &id).key("k").await.expect(201), payment);
    app.finish().await;
}

#[tokio::test]
async fn a_hold_that_is_over_cannot_be_paid() {
    let app = TestApp::start().await;
    let (user, other) = (app.user(), app.user());
    let show = show(&app, json!({"hold_seconds": 60})).await;
    for user in [&user, &other] {
        charge(user, 1000).await.expect(201);
    }
    let given_up = held(&user, &show, json!([1])).await;
    user.delete(&format!("/reservations/{given_up}")).await;
    pay(&user, &given_up).await.refused(409, "HOLD_EXPIRED");
    let late = held(&user, &show, json!([2, 3])).await;
    app.pass_seconds(60);
    pay(&user, &late).await.refused(409, "HOLD_EXPIRED");
    // One of the seats is held by another user, whom the payment of the expired reservation does not affect.
    let next = held(&other, &show, json!([3])).await;
    pay(&user, &late).key("k").await.refused(409, "HOLD_EXPIRED");
    pay(&other, &next).await.expect(201);
    pay(&user, &late).await.refused(409, "HOLD_EXPIRED");
    assert_each_eq!((balance(&user).await, 1000), (balance(&other).await, 900));
    app.finish().await;
}

#[tokio::test]
async fn the_seats_themselves_say_that_a_hold_has_passed_on() {
    let app = TestApp::start().await;
    let (user, other) = (app.user(), app.user());
    let show = show(&app, json!({})).await;
    charge(&user, 1000).await.expect(201);
    let id = held(&user, &show, json!([2, 14])).await;
    // By a clock that is ahead the hold has ended, and another user holds one of its seats.
    let reservation = app.app().store().get_reservation(&ReservationId::parse(&id).unwrap()).await.unwrap();
    app.pass_seconds(300);
    held(&other, &show, json!([14])).await;
    app.pass_seconds(-300);
    assert!(reservation.held_until > app.now());
    pay(&user, &id).await.refused(409, "HOLD_EXPIRED");
    assert_eq!(balance(&user).await, 1000);
    assert!(!app.statuses(&show.0, &show.1).await.contains(&"sold".to_owned()));
    app.finish().await;
}

#[tokio::test]
async fn reservation_is_paid_by_its_owner_only() {
    let app = TestApp::start().await;
    let (user, show) = (app.user(), show(&app, json!({})).await);
    let id = held(&user, &show, json!([7])).await;
    for other in [app.user(), app.admin()] {
        charge(&other, 1000).await.expect(201);
        pay(&other, &id).await.refused(403, "FORBIDDEN");
        assert_eq!(balance(&other).await, 1000);
    }
    pay(&user, &format!("{}:none", user.id())).await.refused(404, "NOT_FOUND");
    for body in [json!({}), json!({"reservation_id": null}), json!({"reservation_id": "none"})] {
        user.post("/payments", body).await.invalid(&["reservation_id"]);
    }
    user.post("/payments", json!({"reservation_id": id, "amount": 1})).await.invalid(&["amount"]);
    user.reserve(&show.0, &show.1, json!([7])).await.refused(409, "SEAT_ALREADY_YOURS");
    bodies_are_checked(&app, "POST", "/payments", 64).await;
    guarded(&app, "POST", "/payments", &["operator", "auditor"]).await;
    app.finish().await;
}

/// Creates a waiting room that admits ten users at once, and returns its id.
async fn queue(app: &TestApp) -> String {
    let body = json!({"name": "Doors", "capacity": 10, "admissions_per_second": 10});
    id_of(&app.operator().post("/queues", body).await.expect(201))
}

#[tokio::test]
async fn a_payment_ends_the_place_in_the_queue() {
    let app = TestApp::start().await;
    let queue = queue(&app).await;
    let (user, show) = (app.user(), show(&app, json!({"queue_id": queue})).await);
    let token = app.queue_token(&queue, &user, 1);
    charge(&user, 1000).await.expect(201);
    let with_token = |call: Call| call.header("x-queue-token", &token);
    let mut ids = Vec::new();
    for seat in [1, 2] {
        let held = with_token(user.reserve(&show.0, &show.1, json!([seat]))).await.expect(201);
        ids.push(id_of(&held));
    }
    let payment = with_token(pay(&user, &ids[0])).key("k").await.expect(201);
    // The payment has ended the admission. Its repeat still succeeds, with and without the queue token.
    assert_eq!(with_token(pay(&user, &ids[0])).key("k").await.expect(201), payment);
    assert_eq!(pay(&user, &ids[0]).key("k").await.expect(201), payment);
    pay(&user, &ids[0]).await.refused(409, "ALREADY_PAID");
    with_token(user.reserve(&show.0, &show.1, json!([3]))).await.refused(403, "QUEUE_TOKEN_EXPIRED");
    // Other seats that were held with this admission can still be paid.
    pay(&user, &ids[1]).await.expect(201);
    assert_eq!(balance(&user).await, 800);
    app.finish().await;
}

#[tokio::test]
async fn hold_can_be_paid_with_any_token_or_none() {
    let app = TestApp::start().await;
    let (queue, other_queue) = (queue(&app).await, queue(&app).await);
    let (user, other) = (app.user(), app.user());
    let show = show(&app, json!({"queue_id": queue})).await;
    charge(&user, 1000).await.expect(201);
    let mine = app.queue_token(&queue, &user, 1);
    let tokens = [
        String::new(),
        app.queue_token(&queue, &other, 1),
        app.queue_token(&other_queue, &user, 1),
        app.queue_token(&queue, &user, 2),
        user.token().unwrap().to_owned(),
        format!("{mine}x"),
        "n".repeat(5_000),
    ];
    for (seat, token) in tokens.iter().enumerate() {
        // Each reservation has an admission of its own, because a payment ends the admission.
        let place = app.queue_token(&queue, &user, 11 + seat as u64);
        let call = user.reserve(&show.0, &show.1, json!([seat + 1])).header("x-queue-token", &place);
        let id = id_of(&call.await.expect(201));
        pay(&user, &id).header("x-queue-token", token).await.expect(201);
    }
    assert_eq!(balance(&user).await, 300);
    app.abandon();
}

#[tokio::test]
async fn hold_can_be_paid_after_the_place_ended() {
    let app = TestApp::start().await;
    let queue = queue(&app).await;
    let user = app.user();
    let show = show(&app, json!({"queue_id": queue, "hold_seconds": 120})).await;
    charge(&user, 1000).await.expect(201);
    let mine = app.queue_token(&queue, &user, 1);
    let held = async |seat: u32| {
        let call = user.reserve(&show.0, &show.1, json!([seat])).header("x-queue-token", &mine);
        id_of(&call.await.expect(201))
    };
    let (first, second) = (held(1).await, held(2).await);
    user.delete(&format!("/queues/{queue}/tokens/me")).header("x-queue-token", &mine).await;
    pay(&user, &first).await.expect(201);
    // The queue token has expired, and the admission with it. The payment needs neither.
    app.pass_seconds(110);
    pay(&user, &second).await.expect(201);
    assert_eq!(balance(&user).await, 800);
    app.abandon();
}

#[tokio::test]
async fn hold_can_be_paid_after_the_queue_closed() {
    let app = TestApp::start().await;
    let queue = queue(&app).await;
    let user = app.user();
    let show = show(&app, json!({"queue_id": queue})).await;
    charge(&user, 1000).await.expect(201);
    let mine = app.queue_token(&queue, &user, 1);
    let call = user.reserve(&show.0, &show.1, json!([1])).header("x-queue-token", &mine);
    let id = id_of(&call.await.expect(201));
    let change = json!({"status": "closed", "token_seconds": 10, "capacity": 1});
    app.operator().patch(&format!("/queues/{queue}"), change).await.expect(200);
    app.pass_seconds(20);
    pay(&user, &id).await.expect(201);
    app.abandon();
}

#[tokio::test]
async fn a_token_is_not_asked_for_where_nothing_guards() {
    let app = TestApp::start().await;
    let (user, show) = (app.user(), show(&app, json!({})).await);
    charge(&user, 1000).await.expect(201);
    let id = held(&user, &show, json!([1])).await;
    pay(&user, &id).header("x-queue-token", "nonsense").await.expect(201);
    app.finish().await;
}

#[tokio::test]
async fn closed_account_is_refused_although_a_token_is_still_taken() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    member.caller.close().await.expect(204);
    app.pass_seconds(30);
    // The access token was issued after the account was closed, and names no epoch.
    let caller = app.signed_in(member.caller.id().clone(), &[Role::User], app.now(), app.app().tokens());
    let order = ordered(&caller, &sale(&app, json!({})).await, 1).await;
    caller.pay_order(&order).await.refused(409, "ACCOUNT_CLOSED");
    app.finish().await;
}
