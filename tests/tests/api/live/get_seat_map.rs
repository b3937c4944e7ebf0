use assertions::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn seats_that_are_not_free_are_polled_by_version() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let path = format!("/concerts/{concert}/dates/{date}/seats/live");
    let reply = app.anonymous().get(&path).await;
    assert_eq!(reply.header("cache-control"), Some("max-age=1"));
    let first = reply.expect(200);
    assert_eq!(first["data"], json!({"available": 50, "seats": {}}));
    app.user().reserve(&concert, &date, json!(["2", "3"])).await.expect(201);
    app.pass_seconds(1);
    let newer = app.anonymous().get(&format!("{path}?since={}", first["version"])).await.expect(200);
    assert_eq!(newer["data"], json!({"available": 48, "seats": {"2": "held", "3": "held"}}));
    let same = app.anonymous().get(&format!("{path}?since={}", newer["version"])).await.expect(200);
    assert_each_eq!((same["version"], newer["version"]), (same["data"], Value::Null));
    app.anonymous()
        .get(&format!("/concerts/{concert}/dates/2020-01-01/seats/live"))
        .await
        .refused(404, "NOT_FOUND");
    app.anonymous().get(&format!("/concerts/none/dates/{date}/seats/live")).await.refused(404, "NOT_FOUND");
    app.anonymous().get(&format!("{path}?since=x")).await.invalid(&["since"]);
    app.finish().await;
}

#[tokio::test]
async fn seats_behind_a_queue_are_for_those_whom_it_admits() {
    let app = TestApp::start().await;
    let queue = json!({"name": "Doors", "capacity": 10, "admissions_per_second": 10});
    let queue = app.operator().post("/queues", queue).await.expect(201)["id"].as_str().unwrap().to_owned();
    let concert = app.concert(json!({"queue_id": queue})).await;
    let date = app.date(&concert, json!({})).await;
    let path = format!("/concerts/{concert}/dates/{date}/seats/live");
    app.anonymous().get(&path).await.refused(401, "UNAUTHORIZED");
    app.auditor().get(&path).await.refused(403, "FORBIDDEN");
    let user = app.user();
    user.get(&path).await.refused(403, "QUEUE_TOKEN_REQUIRED");
    user.get(&path).header("x-queue-token", "nonsense").await.refused(403, "QUEUE_TOKEN_INVALID");
    let late = app.queue_token(&queue, &user, 9);
    app.pass_seconds(60);
    user.get(&path).header("x-queue-token", &late).await.refused(403, "QUEUE_TOKEN_EXPIRED");
    let reply = user.get(&path).header("x-queue-token", &app.queue_token(&queue, &user, 1)).await;
    assert_eq!(reply.header("cache-control"), Some("no-store"));
    assert_eq!(reply.expect(200)["data"]["available"], 50);
    app.finish().await;
}
