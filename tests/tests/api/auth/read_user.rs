//! GET /auth/users/{id}

use dibs_tests::harness::TestApp;

#[tokio::test]
async fn administrators_read_everybody_and_others_nobody() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let path = format!("/auth/users/{}", member.caller.id());
    assert_eq!(app.admin().get(&path).await.expect(200), member.user);
    for id in ["usr_nobody", "42", "kim%20minji"] {
        app.admin().get(&format!("/auth/users/{id}")).await.refused(404, "NOT_FOUND");
    }
    for caller in [member.caller.clone(), app.operator(), app.auditor()] {
        caller.get(&path).await.refused(403, "FORBIDDEN");
    }
    for caller in [app.anonymous(), app.expired(), app.forger()] {
        caller.get(&path).await.refused(401, "UNAUTHORIZED");
    }
    app.finish().await;
}
