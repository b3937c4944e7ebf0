//! Calls of the platform and of accounts.

use crate::harness::{PASSWORD, TestApp};
use domain::ids::UserId;
use serde_json::{Value, json};

use super::recorder::Recording;

fn text(value: &Value) -> String {
    value.as_str().expect("it is text").to_owned()
}

/// Calls each operation of the platform.
pub async fn platform(app: &TestApp, examples: &mut Recording) {
    let anybody = app.anonymous();
    for path in ["/health", "/openapi.json", "/docs", "/docs/docs.js"] {
        examples.call(&anybody, "GET", path, Value::Null).await;
    }
    for path in ["/.well-known/jwks.json", "/api/v1/.well-known/jwks.json"] {
        examples.call(&anybody, "GET", path, Value::Null).await;
    }
    let start = json!({"openapi": "3.1.0", "info": {"title": "dibs", "version": env!("CARGO_PKG_VERSION")}, "paths": {}});
    examples.show_instead("getOpenapi", start);
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
