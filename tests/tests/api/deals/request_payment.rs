//! Tests of `POST /orders/{order_id}/payments`, which requests a payment from the provider.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::{Caller, TestApp};
use futures::future::join_all;
use local::fakes::{Callback, Dropping, Fail, Faults, ProviderSettings};
use serde_json::{Value, json};

use super::{guarded, queue};

/// Creates an order of one unit at a price of 29,900, and returns its id.
async fn ordered(app: &TestApp, user: &Caller) -> String {
    let deal = app.deal(json!({})).await;
    user.order(&deal, 1).await.expect(201)["id"].as_str().unwrap().to_owned()
}

async fn order(user: &Caller, id: &str) -> Value {
    user.get(&format!("/orders/{id}")).await.expect(200)
}

/// Returns type and amount of each entry in the money ledger of `user`, oldest first.
async fn ledger(user: &Caller) -> Vec<(String, u64)> {
    let entries = user.get("/balance/ledger?limit=100").await.expect(200);
    let of = |entry: &Value| (entry["type"].as_str().unwrap().to_owned(), entry["amount"].as_u64().unwrap());
    entries.as_array().unwrap().iter().rev().map(of).collect()
}

/// Checks that the order was paid once, with money from the provider, and returns the statuses of the
/// responses to the provider's callbacks.
async fn paid_once(app: &TestApp, user: &Caller, id: &str) -> Vec<Option<u16>> {
    app.fakes().called_back().await;
    assert_eq!(order(user, id).await["status"], "confirmed");
    assert_eq!(ledger(user).await, [("charge".to_owned(), 29_900), ("payment".to_owned(), 29_900)]);
    app.fakes().callbacks().iter().map(|callback| callback.answered).collect()
}

fn provider(app: &TestApp, settings: ProviderSettings) {
    app.fakes().set_provider(settings);
}

fn faults(faults: Faults) -> ProviderSettings {
    ProviderSettings { faults, ..ProviderSettings::default() }
}

fn failing(status: u16, times: Option<u32>) -> ProviderSettings {
    faults(Faults { fail: Some(Fail { status, times }), ..Faults::default() })
}

#[tokio::test]
async fn the_provider_takes_the_money_and_says_so() {
    let app = TestApp::start().await;
    let user = app.user();
    let id = ordered(&app, &user).await;
    let asked = user.ask_payment(&id).await.snapshot(202);
    assert_each_eq!((asked["id"], json!(id)), (asked["status"], "reserved"));
    assert_eq!(paid_once(&app, &user, &id).await, [Some(200)]);
    let events = user.get(&format!("/orders/{id}/events")).await.expect(200);
    let payload = json!({"reference": format!("{id}:1"), "amount": 29_900});
    assert_each_eq!((events[2]["type"], "PAYMENT_REQUESTED"), (events[2]["payload"], payload));
    assert_each_eq!((events[3]["type"], "PAYMENT_COMPLETED"), (events[3]["payload"], payload));
    assert_each_eq!((events[2]["actor"]["id"], json!(user.id())), (events[3]["actor"]["type"], "system"));
    app.settle().await;
    let kinds: Vec<String> = app.events().into_iter().map(|event| event.kind.to_string()).collect();
    for kind in ["order.payment_requested", "order.confirmed", "balance.charged", "payment.completed"] {
        assert_eq!(kinds.iter().filter(|one| *one == kind).count(), 1, "{kinds:?}");
    }
    app.finish().await;
}

#[tokio::test]
async fn callbacks_that_come_again_move_nothing() {
    let app = TestApp::start().await;
    let user = app.user();
    provider(&app, ProviderSettings { callbacks: 3, ..ProviderSettings::default() });
    let id = ordered(&app, &user).await;
    user.ask_payment(&id).await.expect(202);
    assert_eq!(paid_once(&app, &user, &id).await, [Some(200); 3]);
    app.finish().await;
}

#[tokio::test]
async fn declined_payment_may_be_repeated_in_every_way() {
    let app = TestApp::start().await;
    let user = app.user();
    let id = ordered(&app, &user).await;
    provider(&app, ProviderSettings { decline: true, ..ProviderSettings::default() });
    user.ask_payment(&id).key("k").await.expect(202);
    app.fakes().called_back().await;
    assert_eq!(order(&user, &id).await["status"], "reserved");
    assert_eq!(user.order_events(&id).await[2..], ["PAYMENT_REQUESTED", "PAYMENT_FAILED"]);
    assert_eq!(ledger(&user).await, []);
    provider(&app, ProviderSettings::default());
    // The first request with this `Idempotency-Key` was a success, so its response is returned again, and the
    // provider is not asked a second time.
    assert_eq!(user.ask_payment(&id).key("k").await.expect(202)["status"], "reserved");
    app.fakes().called_back().await;
    assert_each_eq!((user.order_events(&id).await.len(), 4), (app.fakes().callbacks().len(), 1));
    user.ask_payment(&id).key("k-2").await.expect(202);
    assert_eq!(paid_once(&app, &user, &id).await, [Some(200); 2]);
    assert_eq!(user.ask_payment(&id).key("k").await.expect(202)["status"], "confirmed");
    let callbacks: Vec<Callback> = app.fakes().callbacks();
    let number = |index: usize| callbacks[index].report.reference.strip_prefix(&*id).unwrap();
    assert!(number(0).starts_with(":1.") && number(1).starts_with(":2."), "{callbacks:?}");
    app.finish().await;
}

#[tokio::test]
async fn refused_request_is_the_same_payment_when_its_key_comes_again() {
    let app = TestApp::start().await;
    let user = app.user();
    let id = ordered(&app, &user).await;
    provider(&app, failing(402, Some(2)));
    let ask = || user.ask_payment(&id).key("k");
    let first = ask().await.refused(409, "PAYMENT_FAILED");
    let reference = first["details"]["reference"].clone();
    assert_eq!(ask().await.refused(409, "PAYMENT_FAILED")["details"]["reference"], reference);
    ask().await.expect(202);
    assert_eq!(paid_once(&app, &user, &id).await, [Some(200)]);
    assert_eq!(json!(app.fakes().callbacks()[0].report.reference), reference, "one payment to the provider");
    assert_eq!(ask().await.expect(202)["status"], "confirmed");
    app.finish().await;
}

#[tokio::test]
async fn a_plain_refusal_is_passed_on_and_the_order_stays_open() {
    let app = TestApp::start().await;
    let user = app.user();
    let id = ordered(&app, &user).await;
    provider(&app, failing(402, Some(1)));
    let error = user.ask_payment(&id).await.refused(409, "PAYMENT_FAILED");
    assert_eq!(error["details"], json!({"reason": "told to fail", "reference": format!("{id}:1")}));
    assert_eq!(user.order_events(&id).await[2..], ["PAYMENT_REQUESTED", "PAYMENT_FAILED"]);
    assert_eq!(order(&user, &id).await["status"], "reserved");
    user.ask_payment(&id).await.expect(202);
    assert_eq!(paid_once(&app, &user, &id).await, [Some(200)]);
    app.finish().await;
}

#[tokio::test]
async fn no_answer_is_no_refusal_and_asking_again_is_the_same_payment() {
    for (settings, was_heard) in [
        (failing(503, None), false),
        (failing(401, None), false),
        (faults(Faults { drop: Some(Dropping::Close), ..Faults::default() }), false),
        (faults(Faults { drop: Some(Dropping::Lost), ..Faults::default() }), true),
        (faults(Faults { delay_ms: 60_000, ..Faults::default() }), true),
        (faults(Faults { malformed: true, twice: true, ..Faults::default() }), true),
    ] {
        let shown = format!("{settings:?}");
        let app = TestApp::start().await;
        let user = app.user();
        let id = ordered(&app, &user).await;
        provider(&app, ProviderSettings { callbacks: 0, ..settings });
        user.ask_payment(&id).await.expect(202);
        assert_eq!(order(&user, &id).await["status"], "reserved", "{shown}");
        provider(&app, ProviderSettings::default());
        user.ask_payment(&id).await.expect(202);
        assert_eq!(paid_once(&app, &user, &id).await, [Some(200)], "{shown} {was_heard}");
        assert_eq!(user.order_events(&id).await.len(), 5, "{shown}");
        assert_eq!(app.fakes().callbacks()[0].report.reference, format!("{id}:1"));
        app.finish().await;
    }
}

#[tokio::test]
async fn parallel_requests_are_one_payment() {
    let app = TestApp::start().await;
    let user = app.user();
    let id = ordered(&app, &user).await;
    provider(&app, ProviderSettings { callback_delay_ms: 300, ..ProviderSettings::default() });
    let keyless = (0..4).map(|_| user.ask_payment(&id).into_future());
    let keyed = (0..4).map(|number| user.ask_payment(&id).key(&format!("k{number}")).into_future());
    for reply in join_all(keyless.chain(keyed)).await {
        reply.expect(202);
    }
    assert_eq!(paid_once(&app, &user, &id).await, [Some(200); 8]);
    assert_eq!(user.order_events(&id).await.len(), 5);
    let callbacks = app.fakes().callbacks();
    assert!(callbacks.iter().all(|one| one.report == callbacks[0].report), "{callbacks:?}");
    app.finish().await;
}

#[tokio::test]
async fn a_key_gives_its_first_success_again() {
    let app = TestApp::start().await;
    let user = app.user();
    let (paid, late) = (ordered(&app, &user).await, ordered(&app, &user).await);
    user.ask_payment(&paid).key("k").await.expect(202);
    assert_eq!(paid_once(&app, &user, &paid).await, [Some(200)]);
    assert_eq!(user.ask_payment(&paid).key("k").await.expect(202)["status"], "confirmed");
    let error = user.ask_payment(&paid).await.refused(409, "ALREADY_PAID");
    assert_eq!(error["details"], json!({"payment_id": format!("{}:2", user.id())}));
    user.ask_payment(&paid).key("other").await.refused(409, "ALREADY_PAID");
    // The same `Idempotency-Key` for another order is a different request.
    provider(&app, ProviderSettings { callbacks: 0, ..ProviderSettings::default() });
    user.ask_payment(&late).key("k").await.expect(202);
    app.pass_seconds(300);
    assert_eq!(user.ask_payment(&late).key("k").await.expect(202)["status"], "canceled");
    app.fakes().called_back().await;
    assert_eq!(app.fakes().callbacks().len(), 1, "nobody is asked for what is over");
    app.finish().await;
}

#[tokio::test]
async fn order_that_is_over_or_of_another_user_is_not_paid() {
    let app = TestApp::start().await;
    let user = app.user();
    let (canceled, id) = (ordered(&app, &user).await, ordered(&app, &user).await);
    user.delete(&format!("/orders/{canceled}")).await.expect(200);
    let error = user.ask_payment(&canceled).await.refused(409, "HOLD_EXPIRED");
    assert_eq!(error["details"]["reason"], "requested");
    for other in [app.user(), app.admin()] {
        other.ask_payment(&id).await.refused(403, "FORBIDDEN");
    }
    user.ask_payment(&format!("{}:none", user.id())).await.refused(404, "NOT_FOUND");
    user.ask_payment("none").await.refused(404, "NOT_FOUND");
    user.ask_payment(&id).key("").await.invalid(&["Idempotency-Key"]);
    app.pass_seconds(300);
    let error = user.ask_payment(&id).await.refused(409, "HOLD_EXPIRED");
    assert_eq!(error["details"]["reason"], "expired");
    assert_eq!(app.fakes().callbacks(), []);
    guarded(&app, "POST", &format!("/orders/{id}/payments"), &["operator", "auditor"]).await;
    app.finish().await;
}

#[tokio::test]
async fn payment_of_an_order_is_requested_at_most_ten_times() {
    let app = TestApp::start().await;
    let user = app.user();
    let id = ordered(&app, &user).await;
    provider(&app, failing(402, None));
    for _ in 0..10 {
        user.ask_payment(&id).await.refused(409, "PAYMENT_FAILED");
    }
    user.ask_payment(&id).await.refused(409, "CONFLICT");
    user.post("/balance/charge", json!({"amount": 29_900})).await.expect(201);
    user.pay_order(&id).await.expect(201);
    app.finish().await;
}

#[tokio::test]
async fn order_can_be_paid_through_the_provider_after_the_place_ended() {
    let app = TestApp::start().await;
    let queue = queue(&app).await;
    let user = app.user();
    let deal = app.deal(json!({"queue_id": queue})).await;
    let mine = app.queue_token(&queue, &user, 1);
    let id = user.order(&deal, 1).header("x-queue-token", &mine).await.expect(201);
    let id = id["id"].as_str().unwrap().to_owned();
    user.delete(&format!("/queues/{queue}/tokens/me")).header("x-queue-token", &mine).await;
    app.pass_seconds(200);
    user.ask_payment(&id).header("x-queue-token", "nonsense").await.expect(202);
    app.fakes().called_back().await;
    assert_eq!(user.get(&format!("/orders/{id}")).await.expect(200)["status"], "confirmed");
    app.abandon();
}
