//! Tests of `DELETE /queues/{queue_id}/tokens/me`, which leaves a waiting room.

use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{
    ask, board, guarded, join, leave, line, place, queue, set_back, set_forward, statuses, token, with,
};

#[tokio::test]
async fn user_who_leaves_before_positions_are_given_gets_none() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"no_show_seconds": 600})).await;
    set_back(&app);
    let users = line(&app, &queue, 3).await;
    let ticket = token(&users[1], &queue).await;
    leave(&users[1], &queue).await.expect(204);
    with(ask(&users[1], &queue), &ticket).await.refused(404, "NOT_IN_QUEUE");
    set_forward(&app).await;
    assert_eq!(statuses(&users, &queue).await, "a-w");
    assert_eq!(place(&users[2], &queue).await["position"], 2);
    assert_eq!(board(&app, &queue).await["joined"], 2);
    app.finish().await;
}

#[tokio::test]
async fn waiting_user_who_leaves_is_passed_over() {
    let app = TestApp::start().await;
    let queue = queue(&app, 2, json!({"admissions_per_second": 100, "no_show_seconds": 600})).await;
    let users = line(&app, &queue, 6).await;
    app.wait_seconds(2).await;
    assert_eq!(statuses(&users, &queue).await, "aawwww");
    for gone in [2, 3] {
        leave(&users[gone], &queue).await.expect(204);
    }
    app.wait_seconds(1).await;
    // The departure of waiting users admits nobody.
    assert_eq!(statuses(&users, &queue).await, "aa--ww");
    leave(&users[0], &queue).await.expect(204);
    app.wait_seconds(1).await;
    assert_eq!(statuses(&users, &queue).await, "-a--aw");
    app.finish().await;
}

#[tokio::test]
async fn admitted_user_who_leaves_makes_room_at_once() {
    let app = TestApp::start().await;
    let queue = queue(&app, 2, json!({"admissions_per_second": 100, "no_show_seconds": 600})).await;
    let users = line(&app, &queue, 4).await;
    app.wait_seconds(2).await;
    assert_eq!(statuses(&users, &queue).await, "aaww");
    app.pass_millis(1_000);
    leave(&users[1], &queue).await.expect(204);
    app.settle().await;
    // The next user is admitted at the latest when the cached waiting room has expired.
    app.pass_millis(1_000);
    assert_eq!(statuses(&users, &queue).await, "a-aw");
    app.finish().await;
}

#[tokio::test]
async fn leaving_twice_is_leaving() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"no_show_seconds": 600})).await;
    let users = line(&app, &queue, 2).await;
    leave(&users[0], &queue).await.expect(204);
    leave(&users[0], &queue).await.expect(204);
    app.wait_seconds(2).await;
    leave(&users[0], &queue).await.expect(204);
    leave(&users[1], &queue).await.expect(204);
    leave(&users[1], &queue).await.expect(204);
    assert_eq!(statuses(&users, &queue).await, "--");
    join(&users[1], &queue).await.expect(201);
    app.wait_seconds(2).await;
    assert_eq!(statuses(&users, &queue).await, "-a");
    app.finish().await;
}

#[tokio::test]
async fn user_who_has_not_joined_cannot_leave() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({})).await;
    let tables = app.tables().await;
    leave(&app.user(), &queue).await.refused(404, "NOT_IN_QUEUE");
    leave(&app.user(), "que_none").await.refused(404, "NOT_IN_QUEUE");
    leave(&app.user(), "no%20id").await.refused(404, "NOT_FOUND");
    app.unchanged_since(&tables).await;
    guarded(&app, "DELETE", &format!("/queues/{queue}/tokens/me"), &["operator", "auditor"]).await;
    app.finish().await;
}
