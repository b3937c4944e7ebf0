//! PUT /auth/users/{id}/roles

use config::Settings;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn roles_count_from_the_next_token_on() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let path = format!("/auth/users/{}/roles", member.caller.id());
    let changed = app.admin().put(&path, json!({"roles": ["OPERATOR", "USER"]})).await.expect(200);
    assert_eq!(changed["roles"], json!(["USER", "OPERATOR"]));
    member.caller.get("/rewards").await.refused(403, "FORBIDDEN");
    let again = app.sign_in("kim@example.com").await;
    again.caller.get("/rewards").await.expect(200);
    // The same roles again change nothing.
    assert_eq!(
        app.admin().put(&path, json!({"roles": ["USER", "OPERATOR"]})).await.expect(200)["roles"],
        changed["roles"]
    );
    app.finish().await;
}

#[tokio::test]
async fn an_administrator_stays_one_by_their_own_hand() {
    let app = TestApp::start().await;
    let admin = app.admin_member("ada@example.com").await;
    let path = format!("/auth/users/{}/roles", admin.caller.id());
    admin.caller.put(&path, json!({"roles": ["USER"]})).await.refused(409, "CONFLICT");
    admin.caller.put(&path, json!({"roles": ["ADMIN"]})).await.expect(200);
    app.admin().put(&path, json!({"roles": ["USER"]})).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn role_of_staff_needs_a_long_password_where_passwords_are_strict() {
    for (strict, status) in [(true, 409), (false, 200)] {
        let settings = Settings { strict_passwords: strict, ..Settings::default() };
        let app = TestApp::with_settings(settings).await;
        let staff = json!({"roles": ["USER", "OPERATOR"]});
        for (password, expected) in [("elevenchars", status), ("twelve chars", 200)] {
            let email = format!("kim{}@example.com", password.len());
            let body = json!({"email": email, "password": password, "name": "Kim Minji"});
            let user = app.anonymous().post("/auth/register", body).await.expect(201);
            let path = format!("/auth/users/{}/roles", user["id"].as_str().unwrap());
            let reply = app.admin().put(&path, staff.clone()).await;
            assert_eq!(reply.status, expected, "{strict} {password}");
            if expected == 409 {
                reply.refused(409, "STAFF_PASSWORD_NEEDED");
                app.admin().put(&path, json!({"roles": ["USER"]})).await.expect(200);
            }
        }
        app.finish().await;
    }
}

#[tokio::test]
async fn what_is_wrong_is_refused() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let path = format!("/auth/users/{}/roles", member.caller.id());
    let put = |body: Value| app.admin().put(&path, body);
    put(json!({})).await.invalid(&["roles"]);
    put(json!({"roles": []})).await.invalid(&["roles"]);
    put(json!({"roles": ["USER", "KING"], "why": 1})).await.invalid(&["roles[1]", "why"]);
    let raw = |kind: &str, body: &str| app.admin().call("PUT", &path).raw(kind, body.to_owned());
    raw("application/json", "{").await.refused(400, "BAD_JSON");
    raw("text/plain", "{}").await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    raw("application/json", &" ".repeat(65 * 1024)).await.refused(413, "PAYLOAD_TOO_LARGE");
    app.admin()
        .put("/auth/users/usr_nobody/roles", json!({"roles": ["USER"]}))
        .await
        .refused(404, "NOT_FOUND");
    for caller in [member.caller.clone(), app.operator(), app.auditor()] {
        caller.put(&path, json!({"roles": ["ADMIN"]})).await.refused(403, "FORBIDDEN");
    }
    for caller in [app.anonymous(), app.expired(), app.forger()] {
        caller.put(&path, json!({"roles": ["ADMIN"]})).await.refused(401, "UNAUTHORIZED");
    }
    // Who is refused is refused whatever they send.
    member.caller.put(&path, json!({"roles": "nonsense"})).await.refused(403, "FORBIDDEN");
    member.caller.delete("/auth/me").await.expect(204);
    put(json!({"roles": ["USER"]})).await.refused(409, "CONFLICT");
    app.finish().await;
}
