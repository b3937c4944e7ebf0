//! Tests of `PUT /auth/users/{id}/roles`, which replaces the roles of an account.

use config::Settings;
use dibs_tests::harness::{Member, TestApp};
use serde_json::{Value, json};

#[tokio::test]
async fn roles_count_from_the_next_token_on() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let path = format!("/auth/users/{}/roles", member.caller.id());
    let changed = app.admin().put(&path, json!({"roles": ["OPERATOR", "USER"]})).await.snapshot(200);
    assert_eq!(changed["roles"], json!(["USER", "OPERATOR"]));
    member.caller.get("/rewards").await.refused(403, "FORBIDDEN");
    let again = app.sign_in("kim@example.com").await;
    again.caller.get("/rewards").await.expect(200);
    // Setting the same roles again changes nothing.
    assert_eq!(
        app.admin().put(&path, json!({"roles": ["USER", "OPERATOR"]})).await.expect(200)["roles"],
        changed["roles"]
    );
    app.finish().await;
}

#[tokio::test]
async fn role_taken_away_ends_access_and_sessions() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let path = format!("/auth/users/{}/roles", member.caller.id());
    app.admin().put(&path, json!({"roles": ["OPERATOR", "USER"]})).await.expect(200);
    // The old token stays valid if a role is added.
    member.caller.get("/balance").await.expect(200);
    let operator = app.sign_in("kim@example.com").await;
    operator.caller.get("/rewards").await.expect(200);
    app.admin().put(&path, json!({"roles": ["USER"]})).await.expect(200);
    operator.caller.get("/rewards").await.refused(401, "UNAUTHORIZED");
    member.caller.get("/balance").await.refused(401, "UNAUTHORIZED");
    app.refresh(&operator.refresh).await.refused(401, "UNAUTHORIZED");
    let again = app.sign_in("kim@example.com").await;
    again.caller.get("/balance").await.expect(200);
    again.caller.get("/rewards").await.refused(403, "FORBIDDEN");
    app.finish().await;
}

#[tokio::test]
async fn administrator_who_was_demoted_changes_nothing_any_more() {
    let app = TestApp::start().await;
    let (ada, bea) = (app.admin_member("ada@example.com").await, app.admin_member("bea@example.com").await);
    let of = |member: &Member| format!("/auth/users/{}/roles", member.caller.id());
    let bea_elsewhere = app.elsewhere(&bea.caller);
    bea_elsewhere.get("/auth/me").await.expect(200);
    ada.caller.put(&of(&bea), json!({"roles": ["USER"]})).await.expect(200);
    // An instance with an outdated revocation list refuses too, because it reads the account.
    bea_elsewhere.put(&of(&bea), json!({"roles": ["ADMIN"]})).await.refused(401, "UNAUTHORIZED");
    bea_elsewhere.put(&of(&ada), json!({"roles": ["USER"]})).await.refused(401, "UNAUTHORIZED");
    ada.caller.get("/auth/users").await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn last_administrator_stays_administrator() {
    let app = TestApp::start().await;
    let ada = app.admin_member("ada@example.com").await;
    let path = format!("/auth/users/{}/roles", ada.caller.id());
    let other = app.admin_member("bea@example.com").await;
    for id in app.administrators().await.iter().filter(|id| *id != ada.caller.id()) {
        ada.caller.put(&format!("/auth/users/{id}/roles"), json!({"roles": ["USER"]})).await.expect(200);
    }
    other.caller.get("/auth/users").await.refused(401, "UNAUTHORIZED");
    ada.caller.put(&path, json!({"roles": ["USER"]})).await.refused(409, "LAST_ADMINISTRATOR");
    ada.caller.put(&path, json!({"roles": ["ADMIN"]})).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn administrators_who_demote_each_other_leave_one_administrator() {
    let app = TestApp::start().await;
    for round in 0..4 {
        let (ada, bea) = (format!("ada{round}@example.com"), format!("bea{round}@example.com"));
        let (ada, bea) = (app.admin_member(&ada).await, app.admin_member(&bea).await);
        let demote = |by: &Member, whom: &Member| {
            by.caller.put(&format!("/auth/users/{}/roles", whom.caller.id()), json!({"roles": ["USER"]}))
        };
        let (one, other) =
            tokio::join!(async { demote(&ada, &bea).await }, async { demote(&bea, &ada).await });
        let mut statuses = [one.status, other.status];
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401], "round {round}");
    }
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
async fn invalid_roles_are_refused() {
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
    // A caller without permission is refused before the body is validated.
    member.caller.put(&path, json!({"roles": "nonsense"})).await.refused(403, "FORBIDDEN");
    member.caller.close().await.expect(204);
    put(json!({"roles": ["USER"]})).await.refused(409, "CONFLICT");
    app.finish().await;
}
