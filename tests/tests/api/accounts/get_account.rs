//! Tests of `GET /auth/me`, the caller's own account.

use dibs_tests::harness::TestApp;
use domain::accounts::Role;
use serde_json::json;

#[tokio::test]
async fn account_of_the_caller_is_returned() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    app.member("lee@example.com").await;
    let me = member.caller.get("/auth/me").await.snapshot(200);
    assert_eq!(me, member.user);
    let mut fields: Vec<&String> = me.as_object().unwrap().keys().collect();
    fields.sort();
    let expected = [
        "created_at",
        "email",
        "email_confirmed",
        "id",
        "invite_code",
        "last_login_at",
        "name",
        "phone",
        "roles",
        "status",
        "totp_enabled",
    ];
    assert_eq!(json!(fields), json!(expected));
    app.finish().await;
}

#[tokio::test]
async fn account_is_refused_without_a_valid_token() {
    let app = TestApp::start().await;
    for caller in [app.anonymous(), app.expired(), app.forger(), app.bearer("nonsense"), app.bearer("")] {
        let reply = caller.get("/auth/me").await;
        assert_eq!(reply.header("www-authenticate"), Some("Bearer"));
        reply.refused(401, "UNAUTHORIZED");
    }
    let member = app.member("kim@example.com").await;
    let token = member.caller.token().unwrap().to_owned();
    // The first request uses another scheme, the second a token with a changed signature.
    app.anonymous()
        .get("/auth/me")
        .header("authorization", &format!("Basic {token}"))
        .await
        .refused(401, "UNAUTHORIZED");
    let (start, signature) = token.rsplit_once('.').unwrap();
    let other = format!("{start}.{}", signature.chars().rev().collect::<String>());
    app.bearer(&other).get("/auth/me").await.refused(401, "UNAUTHORIZED");
    // An unsigned token ("alg": "none") with the same claims is refused.
    let claims = token.split('.').nth(1).unwrap();
    app.bearer(&format!("eyJhbGciOiJub25lIn0.{claims}.")).get("/auth/me").await.refused(401, "UNAUTHORIZED");
    app.finish().await;
}

#[tokio::test]
async fn account_of_each_role_reads_updates_and_closes_itself() {
    let app = TestApp::start().await;
    for role in [Role::Operator, Role::Auditor, Role::Admin] {
        let member = app.member_with(&format!("{}@example.com", role.as_ref().to_lowercase()), &[role]).await;
        assert_eq!(member.caller.get("/auth/me").await.expect(200)["roles"], json!([role]));
        let renamed = member.caller.patch("/auth/me", json!({"name": "Lee"})).await.expect(200);
        assert_eq!(renamed["name"], "Lee");
        if role != Role::Admin {
            member.caller.close().await.expect(204);
        }
    }
    app.finish().await;
}
