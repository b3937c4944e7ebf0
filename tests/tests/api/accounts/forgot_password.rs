//! Tests of `POST /auth/password/forgot`, which mails a token for a new password.

use dibs_tests::harness::{Reply, TestApp};
use domain::accounts::EmailTokenKind::PasswordReset;
use serde_json::{Value, json};

async fn forgot(app: &TestApp, email: &str) -> Reply {
    app.anonymous().post("/auth/password/forgot", json!({"email": email})).await
}

#[tokio::test]
async fn known_and_unknown_addresses_get_the_same_answer() {
    let app = TestApp::start().await;
    app.register("kim@example.com").await;
    let names = |reply: &Reply| {
        let mut names: Vec<String> = reply.headers.keys().map(ToString::to_string).collect();
        names.sort();
        names
    };
    let (known, unknown) = (forgot(&app, "kim@example.com").await, forgot(&app, "nobody@example.com").await);
    assert_eq!(names(&known), names(&unknown));
    let known = known.expect(202);
    assert_eq!(known, unknown.expect(202));
    assert_eq!(known["valid_minutes"], 60);
    app.finish().await;
}

#[tokio::test]
async fn account_that_is_not_active_issues_no_token() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let path = format!("/auth/users/{}/status", member.caller.id());
    app.admin().put(&path, json!({"status": "banned"})).await.expect(200);
    forgot(&app, "kim@example.com").await.expect(202);
    let account = app.app().store().get_account(member.caller.id()).await.unwrap();
    assert_eq!(account.email_token(PasswordReset), None);
    app.finish().await;
}

#[tokio::test]
async fn mails_are_bounded_by_address_and_by_network() {
    let app = TestApp::start().await;
    let caller = app.anonymous().at([203, 0, 113, 7]);
    let ask = |email: String| caller.post("/auth/password/forgot", json!({"email": email}));
    for _ in 0..3 {
        ask("kim@example.com".to_owned()).await.expect(202);
    }
    ask("kim@example.com".to_owned()).await.refused(429, "TOO_MANY_REQUESTS");
    // Somebody in another network, such as the owner, still may.
    let elsewhere = app.anonymous().at([198, 51, 100, 7]);
    elsewhere.post("/auth/password/forgot", json!({"email": "kim@example.com"})).await.expect(202);
    for number in 1..100 {
        ask(format!("n{number}@example.com")).await.expect(202);
    }
    ask("one-more@example.com".to_owned()).await.refused(429, "TOO_MANY_REQUESTS");
    app.finish().await;
}

#[tokio::test]
async fn malformed_address_is_refused() {
    let app = TestApp::start().await;
    let post = |body: Value| app.anonymous().post("/auth/password/forgot", body);
    post(json!({})).await.invalid(&["email"]);
    post(json!({"email": "kim", "why": 1})).await.invalid(&["email", "why"]);
    app.finish().await;
}
