//! POST /auth/logout

use dibs_tests::harness::TestApp;

#[tokio::test]
async fn the_session_is_over() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let other = app.sign_in("kim@example.com").await;
    let reply = member.caller.call("POST", "/auth/logout").cookie(&member.refresh).await;
    assert_eq!(reply.refresh_token().as_deref(), Some(""));
    reply.expect(204);
    app.refresh(&member.refresh).await.refused(401, "UNAUTHORIZED");
    // Once more changes nothing, and other sessions go on.
    member.caller.call("POST", "/auth/logout").cookie(&member.refresh).await.expect(204);
    member.caller.call("POST", "/auth/logout").await.expect(204);
    app.refresh(&other.refresh).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn nobody_ends_somebody_elses_session() {
    let app = TestApp::start().await;
    let (kim, lee) = (app.member("kim@example.com").await, app.member("lee@example.com").await);
    lee.caller.call("POST", "/auth/logout").cookie(&kim.refresh).await.expect(204);
    app.refresh(&kim.refresh).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn it_takes_a_good_token_of_any_role() {
    let app = TestApp::start().await;
    for caller in [app.anonymous(), app.expired(), app.forger()] {
        caller.call("POST", "/auth/logout").await.refused(401, "UNAUTHORIZED");
    }
    for caller in [app.user(), app.operator(), app.auditor(), app.admin()] {
        caller.call("POST", "/auth/logout").await.expect(204);
    }
    app.finish().await;
}
