//! Tests of `POST /queues/{queue_id}/tokens`, which joins a waiting room.

use dibs_tests::harness::TestApp;
use domain::Timestamp;
use futures::future::join_all;
use serde_json::json;

use super::{ask, board, change, guarded, join, leave, line, place, queue, set_back, set_forward, statuses};

#[tokio::test]
async fn join_returns_a_token() {
    let app = TestApp::start().await;
    let (queue, user, before) = (queue(&app, 1, json!({})).await, app.user(), app.now());
    let joined = join(&user, &queue).await.snapshot(201);
    let at: Timestamp = joined["joined_at"].as_str().unwrap().parse().unwrap();
    assert!((before..=app.now()).contains(&at), "{joined}");
    let path = format!("/queues/{queue}/tokens");
    join(&user, "que_none").await.refused(404, "NOT_FOUND");
    join(&user, "none").await.refused(404, "NOT_FOUND");
    guarded(&app, "POST", &path, &["operator", "auditor"]).await;
    app.finish().await;
}

#[tokio::test]
async fn repeated_join_keeps_the_position() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"no_show_seconds": 600})).await;
    set_back(&app);
    let users = line(&app, &queue, 3).await;
    let first = join(&users[0], &queue).await.expect(201);
    assert_eq!(place(&users[0], &queue).await["joined_at"], first["joined_at"]);
    set_forward(&app).await;
    // A repeated join changes nothing, neither for an admitted user nor for a waiting one.
    for (user, position) in users.iter().zip(1..) {
        let before = place(user, &queue).await;
        assert_eq!(before["position"], position);
        assert_eq!(join(user, &queue).await.expect(201)["joined_at"], before["joined_at"]);
    }
    app.wait_seconds(2).await;
    assert_eq!(board(&app, &queue).await["joined"], 3);
    app.finish().await;
}

#[tokio::test]
async fn parallel_joins_of_one_user_are_one_place() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({})).await;
    let (one, other) = (app.user(), app.user());
    let joins = (0..40).map(|index| {
        // Every third join is a millisecond later, so that times of arrival differ.
        app.pass_millis(i64::from(index % 3 == 0));
        join(if index % 2 == 0 { &one } else { &other }, &queue)
    });
    let replies: Vec<_> = join_all(joins).await.into_iter().map(|reply| reply.expect(201)).collect();
    for (index, reply) in replies.iter().enumerate() {
        assert_eq!(reply["joined_at"], replies[index % 2]["joined_at"], "{index}");
    }
    app.wait_seconds(3).await;
    assert_eq!(board(&app, &queue).await["joined"], 2);
    app.finish().await;
}

#[tokio::test]
async fn a_closed_queue_takes_nobody() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"no_show_seconds": 600})).await;
    let users = line(&app, &queue, 3).await;
    app.wait_seconds(2).await;
    change(&app, &queue, json!({"status": "closed"})).await;
    join(&app.user(), &queue).await.refused(409, "QUEUE_CLOSED");
    for (user, position) in users.iter().zip(1..) {
        join(user, &queue).await.expect(201);
        assert_eq!(place(user, &queue).await["position"], position);
    }
    // A user who left is treated like one who never joined.
    leave(&users[1], &queue).await.expect(204);
    join(&users[1], &queue).await.refused(409, "QUEUE_CLOSED");
    assert_eq!(statuses(&users, &queue).await, "a-w");
    change(&app, &queue, json!({"status": "open"})).await;
    join(&users[1], &queue).await.expect(201);
    app.wait_seconds(2).await;
    assert_eq!(place(&users[1], &queue).await["position"], 4);
    app.finish().await;
}

#[tokio::test]
async fn user_who_joins_again_is_the_last() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"no_show_seconds": 5})).await;
    let users = line(&app, &queue, 3).await;
    app.wait_seconds(2).await;
    assert_eq!(statuses(&users, &queue).await, "aww");
    // The first user makes no protected request in time.
    app.wait_seconds(6).await;
    assert_eq!(statuses(&users, &queue).await, "eaw");
    join(&users[0], &queue).await.expect(201);
    assert_eq!(place(&users[0], &queue).await["status"], "waiting");
    app.wait_seconds(2).await;
    let again = place(&users[0], &queue).await;
    assert_eq!(again["position"], 4, "{again}");
    // A user who left can rejoin at once, whether or not they had a position.
    leave(&users[2], &queue).await.expect(204);
    ask(&users[2], &queue).await.refused(404, "NOT_IN_QUEUE");
    join(&users[2], &queue).await.expect(201);
    leave(&users[2], &queue).await.expect(204);
    join(&users[2], &queue).await.expect(201);
    app.wait_seconds(3).await;
    assert_eq!(place(&users[2], &queue).await["position"], 5);
    app.finish().await;
}

#[tokio::test]
async fn place_of_a_closed_account_is_of_no_use_and_goes_to_the_next_when_its_time_is_over() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"no_show_seconds": 5, "token_seconds": 30})).await;
    let (inside, waiting) = (app.member("kim@example.com").await, app.member("lee@example.com").await);
    join(&inside.caller, &queue).await.expect(201);
    app.pass_millis(10);
    join(&waiting.caller, &queue).await.expect(201);
    app.pass_millis(10);
    let last = line(&app, &queue, 1).await;
    app.wait_seconds(2).await;
    assert_eq!(place(&inside.caller, &queue).await["status"], "active");
    for member in [&inside, &waiting] {
        member.caller.close().await.expect(204);
        app.pass_seconds(1);
        ask(&member.caller, &queue).await.refused(401, "UNAUTHORIZED");
        join(&member.caller, &queue).await.refused(401, "UNAUTHORIZED");
    }
    assert_eq!(place(&last[0], &queue).await["status"], "waiting");
    // The admissions of both closed accounts end as no-shows, one after the other.
    app.wait_seconds(6).await;
    assert_eq!(place(&last[0], &queue).await["status"], "waiting");
    app.wait_seconds(7).await;
    assert_eq!(place(&last[0], &queue).await["status"], "active");
    app.finish().await;
}
