//! Tests of `PATCH /queues/{queue_id}`, which updates a waiting room.

use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{bodies_are_checked, change, guarded, leave, line, place, queue, statuses};

#[tokio::test]
async fn given_fields_of_a_queue_change() {
    let app = TestApp::start().await;
    let (queue, operator) = (queue(&app, 5, json!({})).await, app.operator());
    let path = format!("/queues/{queue}");
    let before = operator.patch(&path, json!({})).await.snapshot(200);
    let changes = json!({
        "name": "Gate", "status": "paused", "capacity": 7, "admissions_per_second": 0.5, "token_seconds": 20,
        "no_show_seconds": 10, "joins_per_second": 2_000,
    });
    let mut expected = before.clone();
    for (name, value) in changes.as_object().unwrap() {
        expected[name] = value.clone();
    }
    assert_eq!(operator.patch(&path, changes).await.expect(200), expected);
    expected["capacity"] = json!(8);
    assert_eq!(operator.patch(&path, json!({"capacity": 8})).await.expect(200), expected);
    app.finish().await;
}

#[tokio::test]
async fn invalid_change_of_a_queue_is_refused() {
    let app = TestApp::start().await;
    let path = format!("/queues/{}", queue(&app, 5, json!({})).await);
    let operator = app.operator();
    let body = json!({
        "name": "", "status": "shut", "capacity": 0, "admissions_per_second": 0, "token_seconds": 9,
        "no_show_seconds": 4, "joins_per_second": 0, "colour": "red",
    });
    let fields: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    operator.patch(&path, body.clone()).await.invalid(&fields);
    for field in fields {
        operator.patch(&path, json!({field: null})).await.invalid(&[field]);
    }
    operator.patch("/queues/que_none", json!({"capacity": 5})).await.refused(404, "NOT_FOUND");
    operator.patch("/queues/none", json!({"capacity": 5})).await.refused(404, "NOT_FOUND");
    bodies_are_checked(&app, "PATCH", &path, 64).await;
    guarded(&app, "PATCH", &path, &["user", "auditor"]).await;
    app.finish().await;
}

#[tokio::test]
async fn a_paused_queue_takes_people_and_lets_nobody_in() {
    let app = TestApp::start().await;
    let queue = queue(&app, 2, json!({"no_show_seconds": 600})).await;
    let mut users = line(&app, &queue, 3).await;
    app.wait_seconds(2).await;
    change(&app, &queue, json!({"status": "paused"})).await;
    users.extend(line(&app, &queue, 1).await);
    leave(&users[0], &queue).await.expect(204);
    app.wait_seconds(10).await;
    assert_eq!(statuses(&users, &queue).await, "-aww", "who is in stays in");
    change(&app, &queue, json!({"status": "open"})).await;
    app.wait_seconds(1).await;
    assert_eq!(statuses(&users, &queue).await, "-aaw");
    app.finish().await;
}

#[tokio::test]
async fn closed_queue_admits_the_users_who_joined() {
    let app = TestApp::start().await;
    let queue = queue(&app, 2, json!({})).await;
    let users = line(&app, &queue, 3).await;
    change(&app, &queue, json!({"status": "closed"})).await;
    app.wait_seconds(2).await;
    assert_eq!(statuses(&users, &queue).await, "aaw");
    leave(&users[1], &queue).await.expect(204);
    app.wait_seconds(2).await;
    assert_eq!(statuses(&users, &queue).await, "a-a");
    app.finish().await;
}

#[tokio::test]
async fn another_capacity_holds_at_once() {
    let app = TestApp::start().await;
    let rate = json!({"admissions_per_second": 100, "no_show_seconds": 600});
    let queue = queue(&app, 1, rate).await;
    let users = line(&app, &queue, 5).await;
    app.wait_seconds(2).await;
    assert_eq!(statuses(&users, &queue).await, "awwww");
    change(&app, &queue, json!({"capacity": 3})).await;
    app.wait_seconds(1).await;
    assert_eq!(statuses(&users, &queue).await, "aaaww");
    change(&app, &queue, json!({"capacity": 2})).await;
    leave(&users[0], &queue).await.expect(204);
    app.wait_seconds(5).await;
    assert_eq!(statuses(&users, &queue).await, "-aaww", "two are in");
    leave(&users[1], &queue).await.expect(204);
    app.wait_seconds(5).await;
    assert_eq!(statuses(&users, &queue).await, "--aaw");
    app.finish().await;
}

#[tokio::test]
async fn another_rate_holds_at_once() {
    let app = TestApp::start().await;
    let queue = queue(&app, 100, json!({"admissions_per_second": 0.01, "no_show_seconds": 600})).await;
    app.pass_seconds(60);
    let users = line(&app, &queue, 8).await;
    app.wait_seconds(10).await;
    assert_eq!(statuses(&users, &queue).await, "awwwwwww");
    change(&app, &queue, json!({"admissions_per_second": 100})).await;
    app.wait_seconds(2).await;
    assert_eq!(statuses(&users, &queue).await, "aaaaaaaa");
    app.finish().await;
}

#[tokio::test]
async fn terms_cannot_change_while_users_are_admitted_under_sixteen_earlier_ones() {
    let app = TestApp::start().await;
    let queue = queue(&app, 100, json!({"token_seconds": 600, "no_show_seconds": 600})).await;
    let (path, operator) = (format!("/queues/{queue}"), app.operator());
    let mut users = Vec::new();
    let mut told = Vec::new();
    for seconds in 0..17 {
        users.extend(line(&app, &queue, 1).await);
        app.wait_seconds(3).await;
        told.push(place(users.last().unwrap(), &queue).await["expires_at"].clone());
        let changed = operator.patch(&path, json!({"token_seconds": 3_600 - seconds})).await;
        if seconds < 16 {
            changed.expect(200);
        } else {
            let possible_at = changed.refused(409, "TOO_MANY_TERMS")["details"]["possible_at"].clone();
            assert!(possible_at.as_str() > told[0].as_str(), "{possible_at} is after {}", told[0]);
        }
    }
    operator.patch(&path, json!({"capacity": 101})).await.expect(200);
    for (user, expires_at) in users.iter().zip(&told) {
        assert_eq!(place(user, &queue).await["expires_at"], *expires_at);
    }
    app.wait_seconds(20 * 60).await;
    app.operator().patch(&path, json!({"token_seconds": 700})).await.expect(200);
    app.finish().await;
}
