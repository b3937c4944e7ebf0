//! Tests of `DELETE /users/me/sessions/{id}`, which ends one of the caller's sessions.

use dibs_tests::harness::{Caller, TestApp};

/// Returns the id of the caller's present session.
async fn current(caller: &Caller) -> String {
    let sessions = caller.get("/users/me/sessions").await.expect(200);
    let found = sessions.as_array().unwrap().iter().find(|session| session["current"] == true);
    found.unwrap()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn ended_session_is_over_within_a_second_on_every_instance_and_others_go_on() {
    let app = TestApp::start().await;
    let (lost, kept) = (app.member("kim@example.com").await, app.sign_in("kim@example.com").await);
    let elsewhere = app.elsewhere(&lost.caller);
    elsewhere.get("/balance").await.expect(200);
    let path = format!("/users/me/sessions/{}", current(&lost.caller).await);
    kept.caller.delete(&path).await.expect(204);
    lost.caller.get("/balance").await.refused(401, "UNAUTHORIZED");
    app.pass_millis(1_000);
    elsewhere.get("/balance").await.refused(401, "UNAUTHORIZED");
    app.refresh(&lost.refresh).await.refused(401, "UNAUTHORIZED");
    kept.caller.get("/balance").await.expect(200);
    app.refresh(&kept.refresh).await.expect(200);
    // A repeat changes nothing more.
    kept.caller.delete(&path).await.expect(204);
    app.finish().await;
}

#[tokio::test]
async fn present_session_can_be_ended() {
    let app = TestApp::start().await;
    let member = app.member("kim@example.com").await;
    let path = format!("/users/me/sessions/{}", current(&member.caller).await);
    member.caller.delete(&path).await.expect(204);
    member.caller.get("/auth/me").await.refused(401, "UNAUTHORIZED");
    app.refresh(&member.refresh).await.refused(401, "UNAUTHORIZED");
    app.finish().await;
}

#[tokio::test]
async fn session_of_another_user_does_not_exist() {
    let app = TestApp::start().await;
    let (kim, lee) = (app.member("kim@example.com").await, app.member("lee@example.com").await);
    let path = format!("/users/me/sessions/{}", current(&kim.caller).await);
    for caller in [lee.caller, app.operator(), app.auditor(), app.admin()] {
        caller.delete(&path).await.refused(404, "NOT_FOUND");
    }
    kim.caller.delete("/users/me/sessions/ses_none").await.refused(404, "NOT_FOUND");
    for caller in [app.anonymous(), app.expired(), app.forger()] {
        caller.delete(&path).await.refused(401, "UNAUTHORIZED");
    }
    app.refresh(&kim.refresh).await.expect(200);
    app.finish().await;
}
