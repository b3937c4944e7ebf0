//! DELETE /auth/me

use dibs_tests::harness::{PASSWORD, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn what_is_personal_is_erased_and_the_email_is_free() {
    let app = TestApp::start().await;
    let member = app.member("minji@example.com").await;
    member.caller.patch("/auth/me", json!({"phone": "010-1234-5678"})).await.expect(200);
    let reply = member.caller.delete("/auth/me").await;
    assert_eq!(reply.refresh_token().as_deref(), Some(""));
    reply.expect(204);
    app.settle().await;
    for item in app.tables().await {
        for personal in ["minji", "Minji", "010-1234-5678", "argon2"] {
            assert!(!item.contains(personal), "{personal} in {item}");
        }
    }
    app.refresh(&member.refresh).await.refused(401, "UNAUTHORIZED");
    app.login("minji@example.com", PASSWORD).await.refused(401, "INVALID_CREDENTIALS");
    // The id stays, for audit.
    let path = format!("/auth/users/{}", member.caller.id());
    let left = app.admin().get(&path).await.expect(200);
    assert_eq!(
        (&left["status"], &left["email"], &left["name"]),
        (&json!("closed"), &Value::Null, &Value::Null)
    );
    let again = app.register("Minji@example.com").await;
    assert_ne!(again["id"], member.user["id"]);
    // Closing again changes nothing, and takes nothing from whoever has the e-mail now.
    member.caller.delete("/auth/me").await.expect(204);
    app.login("minji@example.com", PASSWORD).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn it_takes_a_good_token() {
    let app = TestApp::start().await;
    app.register("kim@example.com").await;
    for caller in [app.anonymous(), app.expired(), app.forger()] {
        caller.delete("/auth/me").await.refused(401, "UNAUTHORIZED");
    }
    app.login("kim@example.com", PASSWORD).await.expect(200);
    app.finish().await;
}
