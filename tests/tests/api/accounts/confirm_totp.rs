//! Tests of `POST /users/me/totp/confirm`, which confirms an authenticator app.

use dibs_tests::harness::{Member, PASSWORD, Reply, TestApp};
use serde_json::{Value, json};

async fn enrolling(app: &TestApp) -> Member {
    let member = app.member("kim@example.com").await;
    member.caller.post("/users/me/totp", json!({"current_password": PASSWORD})).await.expect(201);
    member
}

async fn confirm(member: &Member, code: &str) -> Reply {
    member.caller.post("/users/me/totp/confirm", json!({"totp_code": code})).await
}

/// Returns another code than `code`.
fn another(code: &str) -> String {
    format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000)
}

#[tokio::test]
async fn confirmed_app_ends_sessions_and_its_codes_are_required() {
    let app = TestApp::start().await;
    let member = enrolling(&app).await;
    let code = app.totp_code(member.caller.id()).await;
    let codes = confirm(&member, &code).await.expect(200)["recovery_codes"].clone();
    assert_eq!(codes.as_array().map(Vec::len), Some(10), "{codes}");
    member.caller.get("/balance").await.refused(401, "UNAUTHORIZED");
    app.refresh(&member.refresh).await.refused(401, "UNAUTHORIZED");
    app.login("kim@example.com", PASSWORD).await.refused(401, "TOTP_REQUIRED");
    app.login_with("kim@example.com", "totp_code", &code).await.refused(401, "TOTP_USED");
    app.pass_seconds(30);
    let code = app.totp_code(member.caller.id()).await;
    let user = app.login_with("kim@example.com", "totp_code", &code).await.expect(200)["user"].clone();
    assert_eq!(user["totp_enabled"], true);
    let path = format!("/auth/users/{}", member.caller.id());
    let audit = app.admin().get(&path).await.expect(200);
    assert_eq!(audit["audit"][0]["change"], "totp_enabled");
    app.settle().await;
    assert!(app.events().iter().any(|event| event.kind.as_str() == "account.totp_enabled"));
    app.finish().await;
}

#[tokio::test]
async fn wrong_code_confirms_nothing_and_guesses_are_bounded() {
    let app = TestApp::start().await;
    let member = enrolling(&app).await;
    let code = app.totp_code(member.caller.id()).await;
    app.pass_seconds(60);
    confirm(&member, &code).await.refused(401, "TOTP_CLOCK_OFF");
    let code = app.totp_code(member.caller.id()).await;
    for _ in 1..10 {
        confirm(&member, &another(&code)).await.refused(401, "TOTP_WRONG");
    }
    confirm(&member, &code).await.refused(429, "TOO_MANY_REQUESTS");
    app.pass_seconds(15 * 60 - 120);
    app.sign_in("kim@example.com").await;
    app.finish().await;
}

#[tokio::test]
async fn confirmation_is_refused_without_an_app_that_waits_for_it() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    confirm(&member, "000000").await.refused(409, "CONFLICT");
    let post = |body: Value| member.caller.post("/users/me/totp/confirm", body);
    post(json!({})).await.invalid(&["totp_code"]);
    post(json!({"totp_code": "12345", "why": 1})).await.invalid(&["totp_code", "why"]);
    for caller in [app.anonymous(), app.expired(), app.forger()] {
        let reply = caller.post("/users/me/totp/confirm", json!({"totp_code": "000000"})).await;
        reply.refused(401, "UNAUTHORIZED");
    }
    app.finish().await;
}

#[tokio::test]
async fn suspended_account_confirms_no_app() {
    let app = TestApp::start().await;
    let member = enrolling(&app).await;
    let path = format!("/auth/users/{}/status", member.caller.id());
    app.admin().put(&path, json!({"status": "banned"})).await.expect(200);
    let code = app.totp_code(member.caller.id()).await;
    // The revocation list cannot be read, so the route checks the account itself.
    app.drop_table(&store::schema::REVOKED).await;
    let caller = app.elsewhere(&member.caller);
    caller.post("/users/me/totp/confirm", json!({"totp_code": code})).await.refused(403, "FORBIDDEN");
    app.abandon();
}
