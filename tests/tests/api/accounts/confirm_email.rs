//! Tests of `POST /auth/email/confirm`, which confirms an e-mail address.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::{PASSWORD, Reply, TestApp};
use domain::accounts::EmailTokenKind::{Confirmation, PasswordReset};
use domain::accounts::Role;
use futures::future::join_all;
use serde_json::json;

async fn confirm(app: &TestApp, token: &str) -> Reply {
    app.anonymous().post("/auth/email/confirm", json!({"token": token})).await
}

#[tokio::test]
async fn address_is_confirmed_once_with_the_token_of_the_mail() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    assert_eq!(member.user["email_confirmed"], false);
    let token = app.mailed_token(member.caller.id(), Confirmation).await;
    confirm(&app, &token).await.expect(204);
    assert_eq!(member.caller.get("/auth/me").await.expect(200)["email_confirmed"], true);
    confirm(&app, &token).await.refused(409, "EMAIL_TOKEN_USED");
    // A confirmation changes no password and no role, so it ends nothing.
    app.refresh(&member.refresh).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn one_of_many_confirmations_at_once_uses_the_token() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let token = app.mailed_token(member.caller.id(), Confirmation).await;
    let replies = join_all((0..8).map(|_| confirm(&app, &token))).await;
    let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [204, 409, 409, 409, 409, 409, 409, 409]);
    app.finish().await;
}

#[tokio::test]
async fn each_token_that_does_not_work_has_its_own_answer() {
    let app = TestApp::start().await;
    let kim = app.member("kim@example.com").await;
    let first = app.mailed_token(kim.caller.id(), Confirmation).await;
    for nonsense in ["x", "usr_1.1.x", &first[..first.len() - 1], &first.replace(".1.", ".2.")] {
        confirm(&app, nonsense).await.refused(400, "EMAIL_TOKEN_INVALID");
    }
    let lee = app.member("lee@example.com").await;
    let secret = first.rsplit('.').next().unwrap();
    confirm(&app, &format!("{}.1.{secret}", lee.caller.id())).await.refused(400, "EMAIL_TOKEN_INVALID");
    confirm(&app, &format!("usr_nobody.1.{secret}")).await.refused(400, "EMAIL_TOKEN_INVALID");
    app.anonymous().post("/auth/email/resend", json!({"email": "kim@example.com"})).await.expect(202);
    confirm(&app, &first).await.refused(409, "EMAIL_TOKEN_SUPERSEDED");
    let second = app.mailed_token(kim.caller.id(), Confirmation).await;
    app.pass_seconds(24 * 60 * 60);
    confirm(&app, &second).await.refused(409, "EMAIL_TOKEN_EXPIRED");
    app.finish().await;
}

#[tokio::test]
async fn closed_and_banned_accounts_confirm_nothing() {
    let app = TestApp::start().await;
    let (kim, lee) = (app.member("kim@example.com").await, app.member("lee@example.com").await);
    let token = app.mailed_token(kim.caller.id(), Confirmation).await;
    kim.caller.close().await.expect(204);
    confirm(&app, &token).await.refused(400, "EMAIL_TOKEN_INVALID");
    let token = app.mailed_token(lee.caller.id(), Confirmation).await;
    let path = format!("/auth/users/{}/status", lee.caller.id());
    app.admin().put(&path, json!({"status": "banned"})).await.expect(200);
    confirm(&app, &token).await.refused(403, "FORBIDDEN");
    app.finish().await;
}

#[tokio::test]
async fn confirmation_counts_from_the_next_refresh_where_it_is_required() {
    let (app, member) = TestApp::with_unconfirmed_member().await;
    let claim = "/events/cmp_none/requests/rwd_none";
    let reply = member.caller.call("POST", claim).await.refused(403, "EMAIL_NOT_CONFIRMED");
    assert!(reply["message"].as_str().unwrap().contains("POST /auth/email/resend"), "{reply}");
    app.confirm_email(member.caller.id()).await.expect(204);
    member.caller.call("POST", claim).await.refused(403, "EMAIL_NOT_CONFIRMED");
    app.refreshed(&member).await.call("POST", claim).await.refused(404, "NOT_FOUND");
    // A token of the version before does not say whether the address is confirmed: its account counts as confirmed.
    let old = app.signed_in(member.caller.id().clone(), &[Role::User], app.now(), app.app().tokens());
    old.call("POST", claim).await.refused(404, "NOT_FOUND");
    app.finish().await;
}

#[tokio::test]
async fn invitation_counts_with_the_confirmation_where_it_is_required() {
    for required in [false, true] {
        let settings = config::Settings { require_confirmed_email: required, ..config::Settings::default() };
        let app = TestApp::with_settings(settings).await;
        let kim = app.member("kim@example.com").await;
        let code = kim.user["invite_code"].as_str().unwrap();
        let lee =
            json!({"email": "lee@example.com", "password": PASSWORD, "name": "Lee", "invite_code": code});
        let lee = app.anonymous().post("/auth/register", lee).await.expect(201);
        let lee = domain::ids::UserId::parse(lee["id"].as_str().unwrap()).unwrap();
        let invited = async || {
            app.settle().await;
            let mine = kim.caller.get("/activities/mine").await.expect(200);
            let activities = mine["activities"].as_array().unwrap().clone();
            activities.iter().filter(|activity| activity["type"] == "invite").count()
        };
        let before = invited().await;
        app.confirm_email(&lee).await.expect(204);
        assert_each_eq!((before, usize::from(!required)), (invited().await, 1));
        app.finish().await;
    }
}

#[tokio::test]
async fn malformed_confirmation_is_refused() {
    let app = TestApp::start().await;
    let post = |body| app.anonymous().post("/auth/email/confirm", body);
    post(json!({})).await.invalid(&["token"]);
    post(json!({"token": "", "why": 1})).await.invalid(&["token", "why"]);
    app.finish().await;
}

#[tokio::test]
async fn mails_of_an_account_contain_its_tokens() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    app.anonymous().post("/auth/password/forgot", json!({"email": "kim@example.com"})).await.expect(202);
    app.settle().await;
    let mails = app.fakes().mails();
    let templates: Vec<&str> = mails.iter().map(|mail| mail.template.as_str()).collect();
    assert_eq!(mails.len(), 2, "{templates:?}");
    for (template, kind) in [("confirm_email", Confirmation), ("reset_password", PasswordReset)] {
        let token = app.mailed_token(member.caller.id(), kind).await;
        let has_token =
            |mail: &&local::fakes::SentMail| mail.template == template && mail.text.contains(&token);
        assert_eq!(mails.iter().filter(has_token).count(), 1, "{template}");
    }
    // An address without an account gets no mail.
    app.anonymous().post("/auth/password/forgot", json!({"email": "nobody@example.com"})).await.expect(202);
    app.settle().await;
    assert_eq!(app.fakes().mails().len(), 2);
    app.finish().await;
}
