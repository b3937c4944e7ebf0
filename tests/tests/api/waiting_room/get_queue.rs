//! Tests of `GET /queues/{queue_id}`, the public status of a waiting room.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{board, change, line, queue};

#[tokio::test]
async fn queue_is_shown_to_every_caller() {
    let app = TestApp::start().await;
    let queue = queue(&app, 2, json!({})).await;
    let path = format!("/queues/{queue}");
    let reply = app.anonymous().get(&path).await;
    assert_eq!(reply.header("cache-control"), Some("max-age=1"));
    let expected = json!({
        "id": queue, "name": "Doors", "status": "open", "admitted_upto": 0, "joined": 0, "rate": 0.0,
        "poll_after_ms": 1000,
    });
    assert_eq!(reply.expect(200), expected);
    line(&app, &queue, 5).await;
    app.wait_seconds(2).await;
    let mut board = board(&app, &queue).await;
    assert_each_eq!((board["admitted_upto"], 2), (board["joined"], 5));
    assert!(board["rate"].as_f64().unwrap() > 0.0, "{board}");
    // The status does not depend on the caller. Only the rate falls from one request to the next.
    let again = app.user().get(&path).await.expect(200);
    assert!(again["rate"].as_f64() <= board["rate"].as_f64(), "{again}");
    board["rate"] = again["rate"].clone();
    assert_eq!(again, board);
    app.anonymous().get("/queues/que_none").await.refused(404, "NOT_FOUND");
    app.anonymous().get("/queues/none").await.refused(404, "NOT_FOUND");
    app.finish().await;
}

#[tokio::test]
async fn queue_shows_its_settings() {
    let app = TestApp::start().await;
    let queue = queue(&app, 2, json!({})).await;
    change(&app, &queue, json!({"status": "closed", "name": "Shut"})).await;
    let board = board(&app, &queue).await;
    assert_each_eq!((board["status"], "closed"), (board["name"], "Shut"));
    app.finish().await;
}
