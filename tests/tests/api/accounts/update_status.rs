//! Tests of `PUT /auth/users/{id}/status`, which sets the status of an account.

use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn a_status_ends_the_sessions() {
    let app = TestApp::start().await;
    for status in ["inactive", "banned"] {
        let member = app.member(&format!("{status}@example.com")).await;
        let path = format!("/auth/users/{}/status", member.caller.id());
        assert_eq!(app.admin().put(&path, json!({"status": status})).await.expect(200)["status"], status);
        app.refresh(&member.refresh).await.refused(401, "UNAUTHORIZED");
    }
    app.finish().await;
}

#[tokio::test]
async fn administrator_cannot_suspend_the_own_account() {
    let app = TestApp::start().await;
    let admin = app.admin_member("ada@example.com").await;
    let path = format!("/auth/users/{}/status", admin.caller.id());
    for status in ["inactive", "banned"] {
        admin.caller.put(&path, json!({"status": status})).await.refused(409, "CONFLICT");
    }
    admin.caller.put(&path, json!({"status": "active"})).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn invalid_status_is_refused() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let path = format!("/auth/users/{}/status", member.caller.id());
    let put = |body: Value| app.admin().put(&path, body);
    put(json!({})).await.invalid(&["status"]);
    // Only the owner can close an account; deactivate or ban it instead.
    put(json!({"status": "closed", "why": 1})).await.invalid(&["status", "why"]);
    let raw = |kind: &str, body: &str| app.admin().call("PUT", &path).raw(kind, body.to_owned());
    raw("application/json", "{").await.refused(400, "BAD_JSON");
    raw("text/plain", "{}").await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    raw("application/json", &" ".repeat(65 * 1024)).await.refused(413, "PAYLOAD_TOO_LARGE");
    app.admin()
        .put("/auth/users/usr_nobody/status", json!({"status": "banned"}))
        .await
        .refused(404, "NOT_FOUND");
    for caller in [member.caller.clone(), app.operator(), app.auditor()] {
        caller.put(&path, json!({"status": "banned"})).await.refused(403, "FORBIDDEN");
    }
    for caller in [app.anonymous(), app.expired(), app.forger()] {
        caller.put(&path, json!({"status": "banned"})).await.refused(401, "UNAUTHORIZED");
    }
    member.caller.close().await.expect(204);
    put(json!({"status": "active"})).await.refused(409, "CONFLICT");
    app.finish().await;
}
