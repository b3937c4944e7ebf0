//! Tests of `GET /users/me/sessions`, which lists the caller's open sessions.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::{PASSWORD, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn every_open_session_is_listed_with_its_client_and_the_present_one_is_marked() {
    let app = TestApp::start().await;
    app.register("kim@example.com").await;
    let agent = "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0";
    let credentials = json!({"email": "kim@example.com", "password": PASSWORD});
    let phone = app.anonymous().at([203, 0, 113, 7]).post("/auth/login", credentials);
    phone.header("user-agent", agent).await.expect(200);
    app.pass_seconds(60);
    let member = app.sign_in("kim@example.com").await;
    app.pass_seconds(60);
    let caller = app.refreshed(&member).await;
    let sessions = caller.get("/users/me/sessions").await.expect(200);
    let [newest, oldest] = sessions.as_array().unwrap().as_slice() else { panic!("{sessions}") };
    assert_each_eq!(
        (newest["current"], true),
        (newest["user_agent"], Value::Null),
        (oldest["current"], false),
        (oldest["user_agent"], "Firefox on Windows"),
        (oldest["network"], "203.0.0.0/16"),
        (oldest["last_used_at"], oldest["created_at"])
    );
    assert_ne!(newest["last_used_at"], newest["created_at"]);
    app.finish().await;
}

#[tokio::test]
async fn sessions_that_are_over_and_those_of_others_are_not_listed() {
    let app = TestApp::start().await;
    app.member("lee@example.com").await;
    let gone = app.member("kim@example.com").await;
    app.anonymous().call("POST", "/auth/logout").cookie(&gone.refresh).await.expect(204);
    let other = json!({"password": "password124", "current_password": PASSWORD});
    app.sign_in("kim@example.com").await.caller.patch("/auth/me", other).await.expect(200);
    let token = app.login("kim@example.com", "password124").await.expect(200)["access_token"].clone();
    let caller = app.bearer(token.as_str().unwrap());
    let sessions = caller.get("/users/me/sessions").await.expect(200);
    assert_eq!(sessions.as_array().map(Vec::len), Some(1), "{sessions}");
    for caller in [app.anonymous(), app.expired(), app.forger()] {
        caller.get("/users/me/sessions").await.refused(401, "UNAUTHORIZED");
    }
    for caller in [app.operator(), app.auditor(), app.admin()] {
        assert_eq!(caller.get("/users/me/sessions").await.expect(200), json!([]));
    }
    app.finish().await;
}
