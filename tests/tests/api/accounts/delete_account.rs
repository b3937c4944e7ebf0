//! Tests of `DELETE /auth/me`, which closes the caller's account.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::{PASSWORD, TestApp};
use domain::wallet::EntryKind;
use serde_json::{Value, json};

#[tokio::test]
async fn personal_data_is_erased_and_the_email_is_free() {
    let app = TestApp::start().await;
    let member = app.member("minji@example.com").await;
    member.caller.patch("/auth/me", json!({"phone": "010-1234-5678"})).await.expect(200);
    let reply = member.caller.close().await;
    assert_eq!(reply.refresh_token().as_deref(), Some(""));
    reply.expect(204);
    app.settle().await;
    for item in app.tables().await {
        for personal in ["minji", "Minji", "010-1234-5678", "argon2"] {
            assert!(!item.contains(personal), "{personal} in {item}");
        }
    }
    app.refresh(&member.refresh).await.refused(401, "UNAUTHORIZED");
    app.login("minji@example.com", PASSWORD).await.refused(401, "INVALID_CREDENTIALS");
    // The account's id and roles are kept for the audit.
    let path = format!("/auth/users/{}", member.caller.id());
    let left = app.admin().get(&path).await.expect(200);
    assert_each_eq!((left["status"], "closed"), (left["email"], Value::Null), (left["name"], Value::Null));
    let again = app.register("Minji@example.com").await;
    assert_ne!(again["id"], member.user["id"]);
    // The access token of the closed account is refused, and cannot close the new account with the same
    // email.
    member.caller.close().await.refused(401, "UNAUTHORIZED");
    app.login("minji@example.com", PASSWORD).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn account_is_closed_with_a_valid_token_only() {
    let app = TestApp::start().await;
    app.register("kim@example.com").await;
    for caller in [app.anonymous(), app.expired(), app.forger()] {
        caller.close().await.refused(401, "UNAUTHORIZED");
    }
    app.login("kim@example.com", PASSWORD).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn closing_takes_the_password() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let close = |body: Value| member.caller.delete("/auth/me").json(&body);
    close(json!({})).await.invalid(&["current_password"]);
    close(json!({"current_password": PASSWORD, "why": 1})).await.invalid(&["why"]);
    close(json!({"current_password": "password124"})).await.refused(401, "INVALID_CREDENTIALS");
    let raw = |kind: &str, body: &str| member.caller.delete("/auth/me").raw(kind, body.to_owned());
    raw("application/json", "{").await.refused(400, "BAD_JSON");
    raw("text/plain", "{}").await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    raw("application/json", &" ".repeat(65 * 1024)).await.refused(413, "PAYLOAD_TOO_LARGE");
    app.sign_in("kim@example.com").await;
    app.finish().await;
}

#[tokio::test]
async fn answer_says_until_when_the_hash_of_the_email_is_kept() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let reply = member.caller.close().await;
    let until: domain::Timestamp =
        serde_json::from_value(reply.header("email-hash-kept-until").unwrap().into()).unwrap();
    let days = (until.as_seconds() - app.now().as_seconds()).div_euclid(24 * 60 * 60);
    assert!((364..=365).contains(&days), "{days}");
    reply.expect(204);
    app.finish().await;
}

#[tokio::test]
async fn closed_account_does_nothing_any_more() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let (campaign, reward) = app.event_with(json!({}), json!({"total_limit": 1})).await;
    let deal = app.deal(json!({})).await;
    member.caller.close().await.expect(204);
    let caller = &member.caller;
    caller.post("/balance/charge", json!({"amount": 9_000})).await.refused(401, "UNAUTHORIZED");
    caller.claim(&campaign, &reward).await.refused(401, "UNAUTHORIZED");
    caller.order(&deal, 1).await.refused(401, "UNAUTHORIZED");
    app.finish().await;
}

#[tokio::test]
async fn balance_is_not_lost_unless_it_is_forfeited() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    member.caller.post("/balance/charge", json!({"amount": 700})).await.expect(201);
    let error = member.caller.close().await.refused(409, "BALANCE_REMAINS");
    assert_eq!(error["details"], json!({"balance": 700}));
    let body = json!({"current_password": PASSWORD, "forfeit": true});
    member.caller.delete("/auth/me").json(&body).await.expect(204);
    // No money vanishes: the ledger has an entry for the forfeited balance.
    let newest = store::LedgerRange { before: None, limit: 9, consistent: true };
    let entries = app.app().store().entries(member.caller.id(), newest).await.unwrap();
    let told: Vec<_> = entries.iter().map(|entry| (entry.kind(), entry.amount.0, entry.balance.0)).collect();
    assert_eq!(told, [(EntryKind::Forfeit, 700, 0), (EntryKind::Charge, 700, 700)]);
    app.settle().await;
    let kinds: Vec<String> = app.events().into_iter().map(|event| event.kind.to_string()).collect();
    assert!(kinds.contains(&"balance.forfeited".to_owned()), "{kinds:?}");
    app.finish().await;
}

#[tokio::test]
async fn ban_is_not_shaken_off_by_closing() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let path = format!("/auth/users/{}/status", member.caller.id());
    for status in ["banned", "inactive"] {
        app.admin().put(&path, json!({"status": status})).await.expect(200);
        member.caller.close().await.refused(401, "UNAUTHORIZED");
    }
    // The revocation list cannot be read, so the route checks the account itself.
    app.drop_table(&store::schema::REVOKED).await;
    app.elsewhere(&member.caller).close().await.refused(403, "FORBIDDEN");
    app.abandon();
}

#[tokio::test]
async fn last_administrator_cannot_close() {
    let app = TestApp::start().await;
    let ada = app.admin_member("ada@example.com").await;
    let own = format!("/auth/users/{}/roles", ada.caller.id());
    for id in app.administrators().await.iter().filter(|id| *id != ada.caller.id()) {
        ada.caller.put(&format!("/auth/users/{id}/roles"), json!({"roles": ["USER"]})).await.expect(200);
    }
    ada.caller.close().await.refused(409, "LAST_ADMINISTRATOR");
    ada.caller.put(&own, json!({"roles": ["ADMIN"]})).await.expect(200);
    let bea = app.admin_member("bea@example.com").await;
    for id in app.administrators().await.iter().filter(|id| ![ada.caller.id(), bea.caller.id()].contains(id))
    {
        bea.caller.put(&format!("/auth/users/{id}/roles"), json!({"roles": ["USER"]})).await.expect(200);
    }
    // If both administrators close their accounts at once, one of them is refused.
    let ada = app.sign_in("ada@example.com").await;
    let (one, other) = tokio::join!(async { ada.caller.close().await }, async { bea.caller.close().await });
    let mut statuses = [one.status, other.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409]);
    app.finish().await;
}

#[tokio::test]
async fn passwords_are_not_tried_by_closing() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let wrong = json!({"current_password": "password124"});
    for _ in 0..10 {
        member.caller.delete("/auth/me").json(&wrong).await.refused(401, "INVALID_CREDENTIALS");
    }
    member.caller.delete("/auth/me").json(&wrong).await.refused(429, "TOO_MANY_REQUESTS");
    app.finish().await;
}

#[tokio::test]
async fn closing_gives_back_what_the_account_holds() {
    let app = TestApp::start().await;
    let (member, other) = (app.member("kim@example.com").await, app.user());
    let deal = app.deal(json!({"stock_quantity": 3})).await;
    member.caller.order(&deal, 3).await.expect(201);
    let (concert, date) = app.show().await;
    member.caller.reserve(&concert, &date, json!([1, 2, 3, 4])).await.expect(201);
    member.caller.close().await.expect(204);
    app.settle().await;
    app.pass_seconds(2);
    other.order(&deal, 3).await.expect(201);
    other.reserve(&concert, &date, json!([1, 2, 3, 4])).await.expect(201);
    app.finish().await;
}
