//! Tests of `PATCH /auth/me`, which updates the caller's own account.

use config::Settings;
use dibs_tests::assert_each_eq;
use dibs_tests::harness::{PASSWORD, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn name_and_phone_change_and_omitted_fields_stay() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let patch = |body: Value| member.caller.patch("/auth/me", body);
    let named = patch(json!({"name": "Lee", "phone": "01012345678"})).await.expect(200);
    assert_each_eq!((named["name"], "Lee"), (named["phone"], "01012345678"));
    let removed = patch(json!({"phone": null})).await.expect(200);
    assert_each_eq!((removed["name"], "Lee"), (removed["phone"], Value::Null));
    assert_eq!(patch(json!({})).await.expect(200), removed);
    assert_eq!(member.caller.get("/auth/me").await.expect(200), removed);
    app.finish().await;
}

#[tokio::test]
async fn new_password_replaces_the_old_one() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let patch = |body: Value| member.caller.patch("/auth/me", body);
    patch(json!({"password": "password124"})).await.invalid(&["current_password"]);
    patch(json!({"password": "password124", "current_password": "guess"}))
        .await
        .refused(401, "INVALID_CREDENTIALS");
    app.login("kim@example.com", PASSWORD).await.expect(200);
    patch(json!({"password": "password124", "current_password": PASSWORD})).await.expect(200);
    app.login("kim@example.com", PASSWORD).await.refused(401, "INVALID_CREDENTIALS");
    app.login("kim@example.com", "password124").await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn a_stolen_token_is_no_way_to_try_passwords() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let patch = |guess: &str| {
        member.caller.patch("/auth/me", json!({"password": "password124", "current_password": guess}))
    };
    for number in 0..10 {
        patch(&format!("guess-{number}")).await.refused(401, "INVALID_CREDENTIALS");
    }
    patch(PASSWORD).await.refused(429, "TOO_MANY_REQUESTS");
    app.finish().await;
}

#[tokio::test]
async fn failures_of_strangers_do_not_stop_the_owner_from_changing_the_password() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    for _ in 0..10 {
        app.login("kim@example.com", "guess").await.refused(401, "INVALID_CREDENTIALS");
    }
    let change = json!({"password": "a better password", "current_password": PASSWORD});
    member.caller.patch("/auth/me", change).await.snapshot(200);
    // The owner's own wrong guesses do not block the later sign-in either.
    let guess = json!({"password": "password124", "current_password": "guess"});
    app.pass_seconds(15 * 60);
    let member = app.login("kim@example.com", "a better password").await.expect(200);
    let owner = app.bearer(member["access_token"].as_str().unwrap());
    for _ in 0..10 {
        owner.patch("/auth/me", guess.clone()).await.refused(401, "INVALID_CREDENTIALS");
    }
    owner.patch("/auth/me", guess).await.refused(429, "TOO_MANY_REQUESTS");
    app.login("kim@example.com", "a better password").await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn new_password_is_checked_where_passwords_are_strict() {
    let strict = Settings { strict_passwords: true, ..Settings::default() };
    let app = TestApp::with_settings(strict).await;
    let old = "battery-staple-9";
    let register = json!({"email": "kim@example.com", "password": old, "name": "Kim Minji"});
    let user = app.anonymous().post("/auth/register", register).await.expect(201);
    let owner = async |password: &str| {
        let data = app.login("kim@example.com", password).await.expect(200);
        app.bearer(data["access_token"].as_str().unwrap())
    };
    let change = |new: &str, current: &str| json!({"password": new, "current_password": current});
    let caller = owner(old).await;
    caller.patch("/auth/me", change("password123", old)).await.refused(400, "PASSWORD_TOO_COMMON");
    // A wrong current password is reported before an invalid new one, so that a stolen access token alone
    // reveals nothing.
    caller.patch("/auth/me", change("password123", "x")).await.refused(401, "INVALID_CREDENTIALS");
    caller.patch("/auth/me", change("elevenchars", old)).await.expect(200);
    let caller = owner("elevenchars").await;
    caller.patch("/auth/me", change("twelve chars", "elevenchars")).await.expect(200);
    let path = format!("/auth/users/{}/roles", user["id"].as_str().unwrap());
    app.admin().put(&path, json!({"roles": ["USER", "OPERATOR"]})).await.expect(200);
    let caller = owner("twelve chars").await;
    let short = caller.patch("/auth/me", change("elevenchars", "twelve chars")).await;
    assert_eq!(short.refused(400, "PASSWORD_TOO_SHORT")["details"]["characters_min"], 12);
    app.finish().await;
}

#[tokio::test]
async fn password_is_set_by_one_of_two_changes_at_once() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let patch = |new: &str| {
        let body = json!({"password": new, "current_password": PASSWORD});
        member.caller.patch("/auth/me", body).into_future()
    };
    let (one, two) = futures::join!(patch("password-one"), patch("password-two"));
    let mut statuses = [one.status, two.status];
    statuses.sort_unstable();
    // The slower request finds the password changed: at the write (409), or already at the check (401).
    assert!(statuses == [200, 409] || statuses == [200, 401], "{statuses:?}");
    let slower = if one.status == 200 { two } else { one };
    if slower.status == 409 {
        slower.refused(409, "CONFLICT");
    }
    app.finish().await;
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let patch = |body: Value| member.caller.patch("/auth/me", body);
    patch(json!({"name": null, "phone": "1", "email": "a@b.co", "roles": ["ADMIN"]}))
        .await
        .invalid(&["name", "phone", "email", "roles"]);
    let raw = |kind: &str, body: &str| member.caller.call("PATCH", "/auth/me").raw(kind, body.to_owned());
    raw("application/json", "{").await.refused(400, "BAD_JSON");
    raw("text/plain", "{}").await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    raw("application/json", &" ".repeat(65 * 1024)).await.refused(413, "PAYLOAD_TOO_LARGE");
    app.finish().await;
}

#[tokio::test]
async fn suspended_account_changes_nothing() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let path = format!("/auth/users/{}/status", member.caller.id());
    app.admin().put(&path, json!({"status": "banned"})).await.expect(200);
    member.caller.patch("/auth/me", json!({"name": "Lee"})).await.refused(401, "UNAUTHORIZED");
    for caller in [app.anonymous(), app.expired(), app.forger()] {
        caller.patch("/auth/me", json!({"name": "Lee"})).await.refused(401, "UNAUTHORIZED");
    }
    // The revocation list cannot be read, so the route checks the account itself.
    app.drop_table(&store::schema::REVOKED).await;
    let elsewhere = app.elsewhere(&member.caller);
    elsewhere.patch("/auth/me", json!({"name": "Lee"})).await.refused(403, "FORBIDDEN");
    app.abandon();
}
