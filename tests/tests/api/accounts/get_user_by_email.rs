//! Tests of `GET /auth/users/email`, which finds an account by its email.

use dibs_tests::harness::TestApp;

#[tokio::test]
async fn an_email_is_found_in_every_case() {
    let app = TestApp::start().await;
    let user = app.register("kim@example.com").await;
    for email in ["kim@example.com", "KIM@Example.com"] {
        let found = app.admin().get(&format!("/auth/users/email?email={email}")).await.expect(200);
        assert_eq!(found, user);
    }
    app.admin().get("/auth/users/email?email=lee@example.com").await.refused(404, "NOT_FOUND");
    app.admin().get("/auth/users/email").await.invalid(&["email"]);
    app.admin().get("/auth/users/email?email=nonsense&name=kim").await.invalid(&["email", "name"]);
    for caller in [app.user(), app.operator(), app.auditor()] {
        caller.get("/auth/users/email?email=kim@example.com").await.refused(403, "FORBIDDEN");
    }
    for caller in [app.anonymous(), app.expired(), app.forger()] {
        caller.get("/auth/users/email?email=kim@example.com").await.refused(401, "UNAUTHORIZED");
    }
    app.finish().await;
}
