//! Tests that one id is in the log lines of every function, queue and stream that takes part in a request.

use dibs_tests::assert_each_eq;
use std::collections::BTreeSet;

use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::Log;

/// Returns the functions that have a log line about the entity with this id.
fn functions(log: &Log, id: &str) -> BTreeSet<String> {
    let names =
        |line: &&Value| line["subject"].as_str().is_some_and(|text| text.split(' ').any(|one| one == id));
    let calls = log.calls();
    calls.iter().filter(names).map(|line| line["function"].as_str().unwrap().to_owned()).collect()
}

/// Returns the types of the domain events with the correlation id `id`.
fn kinds(app: &TestApp, id: &str) -> Vec<String> {
    let events = app.events();
    events.iter().filter(|event| event.correlation_id == id).map(|event| event.kind.to_string()).collect()
}

#[track_caller]
fn are(found: &BTreeSet<String>, expected: &[&str]) {
    assert_eq!(found.iter().map(String::as_str).collect::<Vec<_>>(), expected);
}

#[tokio::test]
async fn claim_is_followed_to_its_grant() {
    let (log, app) = (Log::at("info"), TestApp::start().await);
    let (campaign, reward) = app.event_with(json!({"review": "manual"}), json!({"total_limit": 5})).await;
    let (user, other) = (app.user(), app.user());
    for user in [&user, &other] {
        user.claim(&campaign, &reward).await.expect(202);
    }
    let id = format!("{}:{campaign}", user.id());
    let approve = json!({"action": "approve", "reason": "seen"});
    app.operator().patch(&format!("/events/requests/{id}"), approve).await.expect(200);
    app.wait_seconds(130).await;
    user.get(&format!("/events/requests/{id}")).await.expect(200);
    are(
        &functions(&log, &id),
        &[
            "notifications-create-notifications",
            "rewards-claim-reward",
            "rewards-decide-claim",
            "rewards-get-claim",
            "rewards-grant-rewards",
            "rewards-relay-changes",
            "rewards-settle-reservations",
        ],
    );
    assert_eq!(kinds(&app, &id), ["claim.in_review", "claim.approved", "claim.granted"]);
    let other = format!("{}:{campaign}", other.id());
    assert!(!functions(&log, &other).contains("rewards-decide-claim"), "that was not theirs");
    app.finish().await;
}

#[tokio::test]
async fn attack_on_one_account_is_seen_by_a_keyed_hash() {
    let (log, app) = (Log::at("info"), TestApp::start().await);
    app.register("kim@example.com").await;
    for email in ["kim@example.com", "KIM@example.com", "lee@example.com"] {
        app.login(email, "a guess").await.refused(401, "INVALID_CREDENTIALS");
    }
    app.login("kim@example.com", dibs_tests::harness::PASSWORD).await.expect(200);
    let lines = log.calls();
    let sign_ins: Vec<(&Value, &str)> = lines
        .iter()
        .filter(|line| line["function"] == "accounts-login")
        .map(|line| (&line["outcome"], line["subject"].as_str().unwrap()))
        .collect();
    let [(first, kim), second, (_, lee), (last, same)] = sign_ins[..] else { panic!("{sign_ins:?}") };
    assert_each_eq!((first, &json!("INVALID_CREDENTIALS")), (last, &json!("ok")));
    assert_each_eq!((second.1, kim), (same, kim));
    assert!(kim.starts_with("account#") && kim != lee && !kim.contains("kim"), "{kim} {lee}");
    app.finish().await;
}

#[tokio::test]
async fn order_is_followed_to_its_payment() {
    let (log, app) = (Log::at("info"), TestApp::start().await);
    let (user, deal) = (app.user(), app.deal(json!({})).await);
    user.post("/balance/charge", json!({"amount": 100_000})).await.expect(201);
    let order = user.order(&deal, 2).await.expect(201);
    let id = order["id"].as_str().unwrap();
    let payment = user.pay_order(id).await.expect(201);
    app.wait_seconds(60 * 60).await;
    are(
        &functions(&log, id),
        &[
            "deals-close-orders",
            "deals-create-order",
            "deals-relay-changes",
            "notifications-create-notifications",
            "wallet-create-payment",
            "wallet-relay-changes",
        ],
    );
    are(
        &functions(&log, payment["id"].as_str().unwrap()),
        &["wallet-create-payment", "wallet-relay-changes"],
    );
    let mut kinds = kinds(&app, id);
    kinds.sort();
    assert_eq!(kinds, ["order.confirmed", "order.reserved", "payment.completed"]);
    app.finish().await;
}

#[tokio::test]
async fn reservation_is_followed_to_its_payment() {
    let (log, app) = (Log::at("info"), TestApp::start().await);
    let (concert, date) = app.show().await;
    let user = app.user();
    let made = user.reserve(&concert, &date, json!([1, 2])).await.expect(201);
    app.wait_seconds(10 * 60).await;
    user.reservation(&made["id"]).await.expect(200);
    let id = made["id"].as_str().unwrap();
    are(
        &functions(&log, id),
        &[
            "concerts-create-reservation",
            "concerts-expire-holds",
            "concerts-get-reservation",
            "concerts-relay-changes",
            "notifications-create-notifications",
        ],
    );
    assert_eq!(kinds(&app, id), ["reservation.made", "reservation.expired"]);
    app.finish().await;
}

#[tokio::test]
async fn a_charge() {
    let (log, app) = (Log::at("info"), TestApp::start().await);
    let user = app.user();
    user.post("/balance/charge", json!({"amount": 1_000})).await.expect(201);
    app.settle().await;
    let id = log.calls()[0]["subject"].as_str().unwrap().to_owned();
    are(&functions(&log, &id), &["wallet-charge-balance", "wallet-relay-changes"]);
    assert_eq!(kinds(&app, &id), ["balance.charged"]);
    app.finish().await;
}

#[tokio::test]
async fn a_line_says_who_called_what_and_how_it_ended() {
    let (log, app) = (Log::at("info"), TestApp::start().await);
    let user = app.user();
    let reply = user.get("/orders/usr_other:1").await;
    let request_id = reply.header("x-request-id").unwrap().to_owned();
    reply.refused(403, "FORBIDDEN");
    app.anonymous().get("/nowhere").await.refused(404, "NOT_FOUND");
    let calls = log.calls();
    let expected = json!({
        "level": "INFO", "message": "call", "target": "dibs::call", "request_id": request_id,
        "function": "deals-get-order", "route": "GET /api/v1/orders/{order_id}", "user_id": user.id(),
        "status": 403, "outcome": "FORBIDDEN", "subject": "usr_other:1",
        "took_ms": calls[0]["took_ms"], "timestamp": calls[0]["timestamp"],
    });
    assert_eq!(calls[0], expected);
    assert_each_eq!((calls[1]["function"], "platform-default"), (calls[1].get("route"), None));
    app.abandon();
}
