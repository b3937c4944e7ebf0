//! Tests of `DELETE /users/me/totp`, which removes the authenticator app.

use dibs_tests::harness::{Caller, Member, PASSWORD, TestApp};
use serde_json::{Value, json};

/// Returns a member with an app, signed in with a recovery code, and the other recovery codes.
async fn with_app(app: &TestApp) -> (Member, Caller, Vec<String>) {
    let member = app.member("kim@example.com").await;
    let mut codes = app.enrol_totp(&member).await;
    let code = codes.pop().unwrap();
    let data = app.login_with("kim@example.com", "recovery_code", &code).await.expect(200);
    let caller = app.bearer(data["access_token"].as_str().unwrap()).named(member.caller.id().clone());
    (member, caller, codes)
}

fn delete(caller: &Caller, body: Value) -> dibs_tests::harness::Call {
    caller.delete("/users/me/totp").json(&body)
}

#[tokio::test]
async fn app_is_removed_with_either_code_and_sessions_end() {
    for name in ["totp_code", "recovery_code"] {
        let app = TestApp::start().await;
        let (member, caller, codes) = with_app(&app).await;
        let code =
            if name == "totp_code" { app.totp_code(member.caller.id()).await } else { codes[0].clone() };
        let mut body = json!({});
        body[name] = code.into();
        delete(&caller, body).await.expect(204);
        caller.get("/balance").await.refused(401, "UNAUTHORIZED");
        assert_eq!(app.login("kim@example.com", PASSWORD).await.expect(200)["user"]["totp_enabled"], false);
        let path = format!("/auth/users/{}", member.caller.id());
        let audit = app.admin().get(&path).await.expect(200);
        assert_eq!(audit["audit"][0]["change"], "totp_disabled");
        app.finish().await;
    }
}

#[tokio::test]
async fn app_stays_without_a_right_code() {
    let app = TestApp::start().await;
    let (member, caller, _) = with_app(&app).await;
    delete(&caller, json!({})).await.invalid(&["totp_code"]);
    let stale = app.totp_code(member.caller.id()).await;
    app.pass_seconds(60);
    delete(&caller, json!({"totp_code": stale})).await.refused(401, "TOTP_CLOCK_OFF");
    delete(&caller, json!({"recovery_code": "0000-0000-0000-0000"})).await.refused(401, "TOTP_WRONG");
    let code = app.totp_code(member.caller.id()).await;
    app.login_with("kim@example.com", "totp_code", &code).await.expect(200);
    delete(&caller, json!({"totp_code": code})).await.refused(401, "TOTP_USED");
    for _ in 0..7 {
        delete(&caller, json!({"recovery_code": "0000-0000-0000-0000"})).await.refused(401, "TOTP_WRONG");
    }
    app.pass_seconds(30);
    let code = app.totp_code(member.caller.id()).await;
    delete(&caller, json!({"totp_code": code})).await.refused(429, "TOO_MANY_REQUESTS");
    app.finish().await;
}

#[tokio::test]
async fn account_without_an_app_and_strangers_are_refused() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    delete(&member.caller, json!({"totp_code": "000000"})).await.refused(409, "CONFLICT");
    delete(&member.caller, json!({"totp_code": "1", "why": 1})).await.invalid(&["totp_code", "why"]);
    for caller in [app.anonymous(), app.expired(), app.forger()] {
        delete(&caller, json!({"totp_code": "000000"})).await.refused(401, "UNAUTHORIZED");
    }
    app.finish().await;
}

#[tokio::test]
async fn suspended_account_keeps_its_app() {
    let app = TestApp::start().await;
    let (member, caller, _) = with_app(&app).await;
    let path = format!("/auth/users/{}/status", member.caller.id());
    app.admin().put(&path, json!({"status": "banned"})).await.expect(200);
    let code = app.totp_code(member.caller.id()).await;
    // The revocation list cannot be read, so the route checks the account itself.
    app.drop_table(&store::schema::REVOKED).await;
    let caller = app.elsewhere(&caller);
    delete(&caller, json!({"totp_code": code})).await.refused(403, "FORBIDDEN");
    app.abandon();
}
