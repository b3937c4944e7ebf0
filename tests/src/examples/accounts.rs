//! Calls of the platform and of accounts.

use crate::harness::{PASSWORD, TestApp};
use domain::accounts::EmailTokenKind;
use domain::ids::UserId;
use serde_json::{Value, json};

use super::recorder::Recording;

fn text(value: &Value) -> String {
    value.as_str().expect("it is text").to_owned()
}

/// Calls each operation of the platform.
pub async fn platform(app: &TestApp, examples: &mut Recording) {
    let anybody = app.anonymous();
    for path in ["/health", "/openapi.json", "/event-schemas/claim.granted/1", "/docs", "/docs/docs.js"] {
        examples.call(&anybody, "GET", path, Value::Null).await;
    }
    for path in ["/.well-known/jwks.json", "/api/v1/.well-known/jwks.json"] {
        examples.call(&anybody, "GET", path, Value::Null).await;
    }
    let start = json!({"openapi": "3.1.0", "info": {"title": "dibs", "version": env!("CARGO_PKG_VERSION")}, "paths": {}});
    examples.show_instead("getOpenapi", start);
    let start = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema", "title": "claim.granted", "type": "object",
    });
    examples.show_instead("getEventSchema", start);
    let admin = app.admin();
    examples.call(&admin, "GET", "/dead-letters", Value::Null).await;
    examples.call(&admin, "POST", "/dead-letters/grants/redrive", Value::Null).await;
}

/// Calls each operation of accounts.
pub async fn accounts(app: &TestApp, examples: &mut Recording) {
    let (anybody, admin) = (app.anonymous(), app.admin());
    let kim = json!({
        "email": "kim@example.com", "password": PASSWORD, "name": "Kim Minji", "phone": "010-1234-5678",
    });
    let user = examples.call(&anybody, "POST", "/auth/register", kim).await;
    let lee = json!({"email": "lee@example.com", "password": PASSWORD, "name": "Lee Jun"});
    let lee = examples.call(&anybody, "POST", "/auth/users", lee).await;
    let lee = text(&lee["id"]);
    let body = json!({"email": "kim@example.com", "password": PASSWORD});
    let login = examples.send(anybody.post("/auth/login", body.clone()), body).await;
    let token = text(&login.json["data"]["access_token"]);
    let refresh = login.refresh_token().expect("a sign-in sets the cookie");
    let member = app.bearer(&token).named(UserId::parse(&text(&user["id"])).expect("an account has an id"));
    examples.call(&member, "GET", "/auth/me", Value::Null).await;
    examples.call(&member, "PATCH", "/auth/me", json!({"name": "Kim Min-ji", "phone": null})).await;
    let refreshed = examples.send(anybody.call("POST", "/auth/refresh").cookie(&refresh), Value::Null).await;
    let refresh = refreshed.refresh_token().expect("a refresh sets the cookie");
    examples.call(&admin, "GET", "/auth/users?limit=100", Value::Null).await;
    examples.call(&admin, "GET", "/auth/users/email?email=kim@example.com", Value::Null).await;
    let path = format!("/auth/users/{lee}");
    examples.call(&admin, "PUT", &format!("{path}/roles"), json!({"roles": ["USER", "AUDITOR"]})).await;
    examples.call(&admin, "PUT", &format!("{path}/status"), json!({"status": "inactive"})).await;
    examples.call(&admin, "GET", &path, Value::Null).await;
    examples.send(anybody.call("POST", "/auth/logout").cookie(&refresh), Value::Null).await;
    examples
        .call(&member, "DELETE", "/auth/me", json!({"current_password": PASSWORD, "forfeit": true}))
        .await;
}

/// Calls each operation of mailed tokens, sessions and authenticator apps.
pub async fn security(app: &TestApp, examples: &mut Recording) {
    let anybody = app.anonymous();
    let park = app.member("park@example.com").await;
    examples.call(&anybody, "POST", "/auth/email/resend", json!({"email": "park@example.com"})).await;
    let token = app.mailed_token(park.caller.id(), EmailTokenKind::Confirmation).await;
    examples.call(&anybody, "POST", "/auth/email/confirm", json!({"token": token})).await;
    examples.call(&anybody, "POST", "/auth/password/forgot", json!({"email": "park@example.com"})).await;
    let token = app.mailed_token(park.caller.id(), EmailTokenKind::PasswordReset).await;
    let body = json!({"token": token, "password": PASSWORD});
    examples.call(&anybody, "POST", "/auth/password/reset", body).await;
    let park = app.sign_in("park@example.com").await;
    let sessions = examples.call(&park.caller, "GET", "/users/me/sessions", Value::Null).await;
    let path = format!("/users/me/sessions/{}", text(&sessions[0]["id"]));
    examples.call(&park.caller, "DELETE", &path, Value::Null).await;
    let park = app.sign_in("park@example.com").await;
    let body = json!({"current_password": PASSWORD});
    examples.call(&park.caller, "POST", "/users/me/totp", body).await;
    let code = json!({"totp_code": app.totp_code(park.caller.id()).await});
    examples.call(&park.caller, "POST", "/users/me/totp/confirm", code).await;
    app.pass_seconds(30);
    let code = app.totp_code(park.caller.id()).await;
    let login = app.login_with("park@example.com", "totp_code", &code).await.expect(200);
    app.pass_seconds(30);
    let code = json!({"totp_code": app.totp_code(park.caller.id()).await});
    examples.call(&app.bearer(&text(&login["access_token"])), "DELETE", "/users/me/totp", code).await;
}
