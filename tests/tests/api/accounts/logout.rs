//! Tests of `POST /auth/logout`, which ends a session.

use dibs_tests::harness::TestApp;

#[tokio::test]
async fn the_session_is_over() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let other = app.sign_in("kim@example.com").await;
    let reply = member.caller.call("POST", "/auth/logout").cookie(&member.refresh).await;
    assert_eq!(reply.refresh_token().as_deref(), Some(""));
    assert_eq!(reply.cookie("refresh_token").as_deref(), Some(""), "by its name of the version before");
    reply.expect(204);
    app.refresh(&member.refresh).await.refused(401, "UNAUTHORIZED");
    // A repeat of the sign-out changes nothing, and the other session continues.
    member.caller.call("POST", "/auth/logout").cookie(&member.refresh).await.expect(204);
    member.caller.call("POST", "/auth/logout").await.expect(204);
    app.refresh(&other.refresh).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn expired_access_token_does_not_keep_the_session() {
    let app = TestApp::start().await;
    for caller in [app.anonymous(), app.expired(), app.forger()] {
        let member_of = format!("m{}@example.com", app.now().as_millis());
        app.pass_millis(1);
        let member = app.member(&member_of).await;
        caller.call("POST", "/auth/logout").cookie(&member.refresh).await.expect(204);
        app.refresh(&member.refresh).await.refused(401, "UNAUTHORIZED");
    }
    app.finish().await;
}

#[tokio::test]
async fn token_before_the_newest_ends_the_session_too() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let newest = app.refresh(&member.refresh).await.refresh_token().unwrap();
    app.pass_seconds(60);
    app.anonymous().call("POST", "/auth/logout").cookie(&member.refresh).await.expect(204);
    app.refresh(&newest).await.refused(401, "UNAUTHORIZED");
    app.finish().await;
}

#[tokio::test]
async fn logout_without_a_cookie_ends_no_session() {
    let app = TestApp::start().await;
    let (kim, lee) = (app.member("kim@example.com").await, app.member("lee@example.com").await);
    lee.caller.call("POST", "/auth/logout").await.expect(204);
    app.anonymous().call("POST", "/auth/logout").cookie("nonsense").await.expect(204);
    app.refresh(&kim.refresh).await.expect(200);
    app.refresh(&lee.refresh).await.expect(200);
    app.finish().await;
}
