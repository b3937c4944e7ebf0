//! Tests of revoked access: it ends within a second on every function instance.

use dibs_tests::harness::{PASSWORD, TestApp};
use domain::accounts::Role;
use serde_json::json;
use store::schema::REVOKED;

#[tokio::test]
async fn ban_counts_within_a_second_on_every_instance() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let elsewhere = app.elsewhere(&member.caller);
    elsewhere.get("/balance").await.expect(200);
    let path = format!("/auth/users/{}/status", member.caller.id());
    app.admin().put(&path, json!({"status": "banned"})).await.expect(200);
    member.caller.get("/balance").await.refused(401, "UNAUTHORIZED");
    app.pass_millis(1_000);
    elsewhere.get("/balance").await.refused(401, "UNAUTHORIZED");
    elsewhere.post("/balance/charge", json!({"amount": 1})).await.refused(401, "UNAUTHORIZED");
    // A new instance reads the revocations that were made before its start.
    app.pass_seconds(14 * 60);
    app.elsewhere(&member.caller).get("/balance").await.refused(401, "UNAUTHORIZED");
    app.finish().await;
}

#[tokio::test]
async fn new_password_ends_old_tokens_and_no_new_ones() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let elsewhere = app.elsewhere(&member.caller);
    let other = json!({"password": "password124", "current_password": PASSWORD});
    member.caller.patch("/auth/me", other).await.expect(200);
    let reply = app.login("kim@example.com", "password124").await.expect(200);
    app.pass_millis(1_000);
    elsewhere.get("/balance").await.refused(401, "UNAUTHORIZED");
    app.bearer(reply["access_token"].as_str().unwrap()).get("/balance").await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn token_of_the_version_before_is_understood_until_something_is_revoked() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let id = member.caller.id().clone();
    let old = app.signed_in(id.clone(), &[Role::User], app.now(), app.app().tokens());
    old.get("/balance").await.expect(200);
    let path = format!("/auth/users/{id}/status");
    for status in ["inactive", "active"] {
        app.admin().put(&path, json!({"status": status})).await.expect(200);
    }
    old.get("/balance").await.refused(401, "UNAUTHORIZED");
    app.pass_seconds(2);
    app.signed_in(id, &[Role::User], app.now(), app.app().tokens()).get("/balance").await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn staff_wait_while_the_list_cannot_be_read_and_others_go_on() {
    let app = TestApp::start().await;
    let (operator, user) = (app.operator(), app.user());
    operator.get("/rewards").await.expect(200);
    app.drop_table(&REVOKED).await;
    app.pass_seconds(4);
    operator.get("/rewards").await.expect(200);
    app.pass_seconds(2);
    let reply = operator.get("/rewards").await;
    assert_eq!(reply.header("retry-after"), Some("1"));
    reply.refused(503, "ACCESS_UNCONFIRMED");
    app.auditor().get("/rewards").await.refused(503, "ACCESS_UNCONFIRMED");
    app.admin().get("/auth/users").await.refused(503, "ACCESS_UNCONFIRMED");
    user.get("/balance").await.expect(200);
    // An instance that cannot read the revocation list refuses staff, and lets users pass.
    app.elsewhere(&operator).get("/rewards").await.refused(503, "ACCESS_UNCONFIRMED");
    app.elsewhere(&user).get("/balance").await.expect(200);
    app.abandon();
}
