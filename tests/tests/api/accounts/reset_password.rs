//! Tests of `POST /auth/password/reset`, which sets a password with the token of a mail.

use config::Settings;
use dibs_tests::harness::{PASSWORD, Reply, TestApp};
use domain::accounts::EmailTokenKind::PasswordReset;
use domain::accounts::Role;
use domain::ids::UserId;
use futures::future::join_all;
use serde_json::json;

const NEW: &str = "another password";

/// Asks for a mail to the account with this address, and returns its token.
async fn forgotten(app: &TestApp, email: &str, id: &UserId) -> String {
    app.anonymous().post("/auth/password/forgot", json!({"email": email})).await.expect(202);
    app.mailed_token(id, PasswordReset).await
}

async fn reset(app: &TestApp, token: &str, password: &str) -> Reply {
    app.anonymous().post("/auth/password/reset", json!({"token": token, "password": password})).await
}

#[tokio::test]
async fn new_password_ends_every_session_and_confirms_the_address() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let token = forgotten(&app, "kim@example.com", member.caller.id()).await;
    reset(&app, &token, NEW).await.expect(204);
    app.refresh(&member.refresh).await.refused(401, "UNAUTHORIZED");
    member.caller.get("/balance").await.refused(401, "UNAUTHORIZED");
    app.login("kim@example.com", PASSWORD).await.refused(401, "INVALID_CREDENTIALS");
    let user = app.login("kim@example.com", NEW).await.expect(200)["user"].clone();
    assert_eq!(user["email_confirmed"], true);
    reset(&app, &token, "a third password").await.refused(409, "EMAIL_TOKEN_USED");
    let audit = app.admin().get(&format!("/auth/users/{}", member.caller.id())).await.expect(200);
    assert_eq!(audit["audit"][0]["change"], "password_changed");
    app.finish().await;
}

#[tokio::test]
async fn one_of_many_resets_at_once_sets_its_password() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let token = forgotten(&app, "kim@example.com", member.caller.id()).await;
    let passwords: Vec<String> = (0..4).map(|number| format!("password of {number}")).collect();
    let replies = join_all(passwords.iter().map(|password| reset(&app, &token, password))).await;
    let won: Vec<usize> = (0..4).filter(|index| replies[*index].status == 204).collect();
    assert_eq!(won.len(), 1, "{replies:?}");
    app.login("kim@example.com", &passwords[won[0]]).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn each_token_that_does_not_work_has_its_own_answer() {
    let app = TestApp::start().await;
    let (kim, lee) = (app.member("kim@example.com").await, app.member("lee@example.com").await);
    let first = forgotten(&app, "kim@example.com", kim.caller.id()).await;
    let second = forgotten(&app, "kim@example.com", kim.caller.id()).await;
    reset(&app, &first, NEW).await.refused(409, "EMAIL_TOKEN_SUPERSEDED");
    let of_lee = second.replace(kim.caller.id().as_str(), lee.caller.id().as_str());
    for wrong in ["x", &of_lee, &second.replace(".2.", ".3.")] {
        reset(&app, wrong, NEW).await.refused(400, "EMAIL_TOKEN_INVALID");
    }
    // The token of one mail does not do what that of another is for.
    app.anonymous()
        .post("/auth/email/confirm", json!({"token": second}))
        .await
        .refused(400, "EMAIL_TOKEN_INVALID");
    app.pass_seconds(60 * 60);
    reset(&app, &second, NEW).await.refused(409, "EMAIL_TOKEN_EXPIRED");
    let token = forgotten(&app, "lee@example.com", lee.caller.id()).await;
    let lee = app.sign_in("lee@example.com").await;
    lee.caller.close().await.expect(204);
    reset(&app, &token, NEW).await.refused(400, "EMAIL_TOKEN_INVALID");
    app.finish().await;
}

#[tokio::test]
async fn banned_account_gets_no_new_password() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let token = forgotten(&app, "kim@example.com", member.caller.id()).await;
    let path = format!("/auth/users/{}/status", member.caller.id());
    app.admin().put(&path, json!({"status": "banned"})).await.expect(200);
    reset(&app, &token, NEW).await.refused(403, "FORBIDDEN");
    app.finish().await;
}

#[tokio::test]
async fn weak_password_is_refused_and_leaves_the_token() {
    let app = TestApp::with_settings(Settings { strict_passwords: true, ..Settings::default() }).await;
    let body = json!({"email": "kim@example.com", "password": "battery staple 9", "name": "Kim"});
    let user = app.anonymous().post("/auth/register", body).await.expect(201);
    let id = UserId::parse(user["id"].as_str().unwrap()).unwrap();
    let roles = json!({"roles": [Role::User, Role::Operator]});
    app.admin().put(&format!("/auth/users/{id}/roles"), roles).await.expect(200);
    let token = forgotten(&app, "kim@example.com", &id).await;
    reset(&app, &token, "elevenchars").await.refused(400, "PASSWORD_TOO_SHORT");
    reset(&app, &token, "abababababab").await.refused(400, "PASSWORD_TOO_COMMON");
    reset(&app, &token, "twelve chars").await.expect(204);
    app.finish().await;
}

#[tokio::test]
async fn malformed_reset_is_refused() {
    let app = TestApp::start().await;
    let post = |body| app.anonymous().post("/auth/password/reset", body);
    post(json!({})).await.invalid(&["token", "password"]);
    post(json!({"token": "", "password": "short", "why": 1})).await.invalid(&["token", "password", "why"]);
    app.finish().await;
}
