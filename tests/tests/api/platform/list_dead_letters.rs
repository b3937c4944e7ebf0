//! Tests of `GET /dead-letters`.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;
use store::schema::QUEUES;

#[tokio::test]
async fn only_administrators_see_the_queues_and_each_one_is_listed() {
    let app = TestApp::start().await;
    app.anonymous().get("/dead-letters").await.refused(401, "UNAUTHORIZED");
    for caller in [app.user(), app.operator(), app.auditor()] {
        caller.get("/dead-letters").await.refused(403, "FORBIDDEN");
    }
    let listed = app.admin().get("/dead-letters").await.expect(200);
    let names: Vec<&str> = QUEUES.iter().map(|queue| queue.name).collect();
    let expected: Vec<_> = names.iter().map(|queue| json!({"queue": queue, "waiting": 0})).collect();
    assert_each_eq!((listed, json!(expected)));
    app.finish().await;
}
