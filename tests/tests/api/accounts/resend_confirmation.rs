//! Tests of `POST /auth/email/resend`, which mails another confirmation token.

use dibs_tests::harness::{Reply, TestApp};
use domain::accounts::EmailTokenKind::Confirmation;
use serde_json::json;

async fn resend(app: &TestApp, email: &str) -> Reply {
    app.anonymous().post("/auth/email/resend", json!({"email": email})).await
}

#[tokio::test]
async fn another_mail_has_another_token() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let first = app.mailed_token(member.caller.id(), Confirmation).await;
    assert_eq!(resend(&app, "KIM@example.com").await.expect(202)["valid_minutes"], 24 * 60);
    assert_ne!(app.mailed_token(member.caller.id(), Confirmation).await, first);
    app.confirm_email(member.caller.id()).await.expect(204);
    app.finish().await;
}

#[tokio::test]
async fn answer_does_not_tell_which_addresses_have_accounts() {
    let app = TestApp::start().await;
    let kim = app.member("kim@example.com").await;
    app.confirm_email(kim.caller.id()).await.expect(204);
    app.register("lee@example.com").await;
    let confirmed = resend(&app, "kim@example.com").await.expect(202);
    assert_eq!(confirmed, resend(&app, "lee@example.com").await.expect(202));
    assert_eq!(confirmed, resend(&app, "nobody@example.com").await.expect(202));
    let account = app.app().store().get_account(kim.caller.id()).await.unwrap();
    let issued = account.email_token(Confirmation).unwrap();
    assert!(
        issued.number == 1 && issued.used_at.is_some(),
        "a confirmed account issues no token: {issued:?}"
    );
    app.finish().await;
}

#[tokio::test]
async fn mails_to_one_address_are_bounded_for_known_and_unknown_ones() {
    let app = TestApp::start().await;
    app.register("kim@example.com").await;
    for email in ["kim@example.com", "nobody@example.com"] {
        for _ in 0..3 {
            resend(&app, email).await.expect(202);
        }
        resend(&app, email).await.refused(429, "TOO_MANY_REQUESTS");
    }
    // The mails for a new password have a count of their own.
    app.anonymous().post("/auth/password/forgot", json!({"email": "kim@example.com"})).await.expect(202);
    app.pass_seconds(15 * 60);
    resend(&app, "kim@example.com").await.expect(202);
    app.finish().await;
}

#[tokio::test]
async fn malformed_address_is_refused() {
    let app = TestApp::start().await;
    let post = |body| app.anonymous().post("/auth/email/resend", body);
    post(json!({})).await.invalid(&["email"]);
    post(json!({"email": "kim", "why": 1})).await.invalid(&["email", "why"]);
    app.finish().await;
}
