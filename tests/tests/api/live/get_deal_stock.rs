use assertions::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn stock_is_polled_by_version_and_may_be_cached_for_a_second() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 40})).await;
    let path = format!("/timedeals/{deal}/live");
    let reply = app.anonymous().get(&path).await;
    assert_eq!(reply.header("cache-control"), Some("max-age=1"));
    let first = reply.expect(200);
    assert_each_eq!(
        (first["data"]["available_quantity"], 40),
        (first["data"]["status"], "active"),
        (first["data"]["stock_quantity"], 40)
    );
    let since = |known: &Value| format!("{path}?since={}", known["version"]);
    app.pass_seconds(1);
    let same = app.anonymous().get(&since(&first)).await.expect(200);
    assert_each_eq!((same["version"], first["version"]), (same["data"], Value::Null));
    app.user().order(&deal, 3).await.expect(201);
    app.settle().await;
    app.pass_seconds(1);
    let newer = app.anonymous().get(&since(&first)).await.expect(200);
    assert!(newer["version"].as_u64() > first["version"].as_u64());
    assert_each_eq!((newer["data"]["available_quantity"], 37), (newer["data"]["reserved_quantity"], 3));
    app.anonymous().get(&format!("{path}?since=x")).await.invalid(&["since"]);
    app.anonymous().get("/timedeals/none/live").await.refused(404, "NOT_FOUND");
    app.finish().await;
}

#[tokio::test]
async fn poll_that_finds_nothing_new_writes_nothing() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({})).await;
    let path = format!("/timedeals/{deal}/live");
    app.anonymous().get(&path).await.expect(200);
    let before = app.tables().await;
    app.pass_seconds(1);
    app.anonymous().get(&path).await.expect(200);
    app.unchanged_since(&before).await;
    app.finish().await;
}
