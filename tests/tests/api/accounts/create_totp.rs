//! Tests of `POST /users/me/totp`, which enrols an authenticator app.

use dibs_tests::harness::{PASSWORD, TestApp};
use domain::accounts::Role;
use serde_json::json;

#[tokio::test]
async fn secret_is_shown_once_and_stored_sealed() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let body = json!({"current_password": PASSWORD});
    let first = member.caller.post("/users/me/totp", body.clone()).await.expect(201);
    let secret = first["totp_secret"].as_str().unwrap();
    let uri = first["otpauth_uri"].as_str().unwrap();
    assert!(uri.starts_with("otpauth://totp/dibs:kim%40example.com?") && uri.contains(secret), "{uri}");
    let account = app.app().store().get_account(member.caller.id()).await.unwrap();
    assert!(!serde_json::to_string(&account).unwrap().contains(secret), "the secret is stored in plain");
    // Until the app is confirmed, sign-ins take no code, and a repeat replaces the secret.
    app.sign_in("kim@example.com").await;
    let second = member.caller.post("/users/me/totp", body).await.expect(201);
    assert_ne!(second["totp_secret"], first["totp_secret"]);
    app.finish().await;
}

#[tokio::test]
async fn staff_enrol_where_they_need_an_app_and_then_do_their_work() {
    let app =
        TestApp::with_settings(config::Settings { require_staff_totp: true, ..config::Settings::default() })
            .await;
    let roles = [Role::User, Role::Operator];
    let user = app.register("kim@example.com").await;
    let id = domain::ids::UserId::parse(user["id"].as_str().unwrap()).unwrap();
    let account = app.app().store().get_account(&id).await.unwrap();
    let roles = account.with_roles(&roles.into_iter().collect()).unwrap();
    assert_eq!(app.app().store().save_account(&roles).await.unwrap(), store::Saved::Done);
    let member = app.sign_in("kim@example.com").await;
    member.caller.get("/rewards").await.refused(403, "TOTP_ENROLMENT_REQUIRED");
    member.caller.get("/balance").await.refused(403, "TOTP_ENROLMENT_REQUIRED");
    assert_eq!(member.caller.get("/auth/me").await.expect(200)["totp_enabled"], false);
    app.enrol_totp(&member).await;
    let code = app.totp_code(&id).await;
    let data = app.login_with("kim@example.com", "totp_code", &code).await.expect(200);
    let staff = app.bearer(data["access_token"].as_str().unwrap());
    staff.get("/rewards").await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn enrolment_is_refused_without_the_password_or_with_an_app() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let enrol = |password: &str| member.caller.post("/users/me/totp", json!({"current_password": password}));
    enrol("password124").await.refused(401, "INVALID_CREDENTIALS");
    app.enrol_totp(&member).await;
    let code = app.totp_code(member.caller.id()).await;
    let data = app.login_with("kim@example.com", "totp_code", &code).await.expect(200);
    let caller = app.bearer(data["access_token"].as_str().unwrap());
    caller.post("/users/me/totp", json!({"current_password": PASSWORD})).await.refused(409, "CONFLICT");
    caller.post("/users/me/totp", json!({})).await.invalid(&["current_password"]);
    for caller in [app.anonymous(), app.expired(), app.forger()] {
        caller
            .post("/users/me/totp", json!({"current_password": PASSWORD}))
            .await
            .refused(401, "UNAUTHORIZED");
    }
    app.finish().await;
}

#[tokio::test]
async fn guesses_of_the_password_are_bounded() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let enrol = |password: &str| member.caller.post("/users/me/totp", json!({"current_password": password}));
    for _ in 0..10 {
        enrol("password124").await.refused(401, "INVALID_CREDENTIALS");
    }
    enrol(PASSWORD).await.refused(429, "TOO_MANY_REQUESTS");
    app.finish().await;
}

#[tokio::test]
async fn suspended_account_enrols_no_app() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let path = format!("/auth/users/{}/status", member.caller.id());
    app.admin().put(&path, json!({"status": "banned"})).await.expect(200);
    // The revocation list cannot be read, so the route checks the account itself.
    app.drop_table(&store::schema::REVOKED).await;
    let caller = app.elsewhere(&member.caller);
    caller.post("/users/me/totp", json!({"current_password": PASSWORD})).await.refused(403, "FORBIDDEN");
    app.abandon();
}
