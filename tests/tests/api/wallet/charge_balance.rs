//! Tests of `POST /balance/charge`, which charges the balance.

use config::Settings;
use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::accounts::Role;
use futures::future::join_all;
use serde_json::json;

use super::{balance, bodies_are_checked, charge, guarded, ledger};

#[tokio::test]
async fn a_charge_is_an_entry_of_the_ledger() {
    let app = TestApp::start().await;
    let user = app.user();
    let first = charge(&user, 300).await.snapshot(201);
    let expected = json!({
        "number": 1, "type": "charge", "amount": 300, "balance_after": 300, "created_at": first["created_at"],
    });
    assert_eq!(first, expected);
    let second = charge(&user, 10_000_000).await.expect(201);
    assert_each_eq!((second["number"], 2), (second["balance_after"], 10_000_300));
    app.settle().await;
    // The data platform received each charge once.
    let events = app.events();
    let ids: Vec<&str> = events.iter().map(|event| event.id.as_str()).collect();
    assert_eq!(ids, [format!("{}:1:charge", user.id()), format!("{}:2:charge", user.id())]);
    assert!(events.iter().all(|event| event.kind == "balance.charged"));
    let data = json!({"user_id": user.id(), "number": 2, "amount": 10_000_000, "balance": 10_000_300, "purchase": null});
    assert_eq!(json!(events[1].data), data);
    app.finish().await;
}

#[tokio::test]
async fn own_balance_is_not_charged_where_the_setting_is_off() {
    let app = TestApp::with_settings(Settings { self_charge: false, ..Settings::default() }).await;
    let user = app.user();
    charge(&user, 300).await.refused(403, "SELF_CHARGE_OFF");
    assert!(ledger(&user).await.is_empty());
    app.finish().await;
}

#[tokio::test]
async fn an_amount_that_cannot_be_charged_is_named() {
    let app = TestApp::start().await;
    let user = app.user();
    for amount in [json!(0), json!(-5), json!(0.5), json!(99.9), json!(10_000_001), json!(1e30), json!(-1e30)]
    {
        let error =
            user.post("/balance/charge", json!({"amount": amount})).await.refused(400, "INVALID_AMOUNT");
        assert_each_eq!((error["details"]["min"], 1), (error["details"]["max"], 10_000_000));
    }
    for body in [json!({}), json!({"amount": "5"}), json!({"amount": null}), json!({"amount": [5]})] {
        user.post("/balance/charge", body).await.invalid(&["amount"]);
    }
    user.post("/balance/charge", json!({"amount": 5, "currency": "KRW"})).await.invalid(&["currency"]);
    user.post("/balance/charge", json!({"amount": 5})).key("").await.invalid(&["Idempotency-Key"]);
    assert_eq!(balance(&user).await, 0);
    // JSON has one type of numbers, so 5.0 is accepted as a whole number.
    user.post("/balance/charge", json!({"amount": 5.0})).await.expect(201);
    assert_eq!(balance(&user).await, 5);
    bodies_are_checked(&app, "POST", "/balance/charge", 64).await;
    guarded(&app, "POST", "/balance/charge", &["operator", "auditor"]).await;
    app.finish().await;
}

#[tokio::test]
async fn the_same_key_charges_once() {
    let app = TestApp::start().await;
    let user = app.user();
    let first = charge(&user, 40).key("k").await.expect(201);
    let tries = join_all((0..12).map(|_| charge(&user, 40).key("k").into_future())).await;
    assert!(tries.into_iter().all(|again| again.expect(201) == first));
    charge(&user, 41).key("k").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    charge(&user, 40).key("l").await.expect(201);
    assert_eq!(charge(&app.user(), 40).key("k").await.expect(201)["number"], 1);
    assert_eq!(ledger(&user).await.len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn parallel_tries_with_a_key_are_one_charge() {
    let app = TestApp::start().await;
    let user = app.user();
    let tries = join_all((0..20).map(|_| charge(&user, 40).key("k").into_future())).await;
    let entries: Vec<_> = tries.into_iter().map(|reply| reply.expect(201)).collect();
    assert!(entries.iter().all(|entry| *entry == entries[0]));
    assert_eq!(ledger(&user).await.len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_key_is_found_among_the_entries_of_a_day() {
    let app = TestApp::start().await;
    let user = app.user();
    let first = charge(&user, 7).key("first").await.expect(201);
    // The ledger has more entries than its first and its second read return.
    for _ in 0..110 {
        charge(&user, 1).await.expect(201);
    }
    assert_eq!(charge(&user, 7).key("first").await.expect(201), first);
    charge(&user, 8).key("first").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    app.pass_seconds(24 * 60 * 60 - 10);
    let user =
        app.signed_in(user.id().clone(), &[domain::accounts::Role::User], app.now(), app.app().tokens());
    assert_eq!(charge(&user, 7).key("first").await.expect(201), first);
    // The key has expired after a day, and identifies a new request.
    app.pass_seconds(11 * 60);
    let later = charge(&user, 7).key("first").await.expect(201);
    assert_each_eq!((later["number"], 112), (ledger(&user).await.len(), 112));
    app.finish().await;
}

#[tokio::test]
async fn fifty_charges_at_once_all_count() {
    let app = TestApp::start().await;
    let user = app.user();
    let replies = join_all((1..=50).map(|amount| charge(&user, amount).into_future())).await;
    assert!(replies.into_iter().all(|reply| reply.status == 201));
    assert_each_eq!((ledger(&user).await.len(), 50), (balance(&user).await, 50 * 51 / 2));
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
    caller.post("/balance/charge", json!({"amount": 9_000})).await.refused(409, "ACCOUNT_CLOSED");
    app.finish().await;
}
