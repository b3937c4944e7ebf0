//! Tests of `POST /concerts`, which creates a concert.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{bodies_are_checked, guarded, queue};

#[tokio::test]
async fn omitted_fields_of_a_concert_get_defaults() {
    let app = TestApp::start().await;
    let made = app.operator().post("/concerts", json!({"name": "IU"})).await.snapshot(201);
    assert!(made["id"].as_str().is_some_and(|id| id.starts_with("con_")));
    assert_each_eq!((made["time_zone"], "UTC"), (made["hold_seconds"], 300), (made["queue_id"], Value::Null));
    let whole = json!({
        "name": "겨울 밤", "description": "x".repeat(2000), "time_zone": "Asia/Seoul",
        "hold_seconds": 3600, "queue_id": queue(&app).await,
    });
    let made = app.admin().post("/concerts", whole.clone()).await.expect(201);
    for (name, value) in whole.as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }
    app.finish().await;
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let post = |body: Value| app.operator().post("/concerts", body);
    post(json!({})).await.invalid(&["name"]);
    let wrong = json!({"name": "", "hold_seconds": 9, "time_zone": 1, "queue_id": "#", "band": "x"});
    post(wrong).await.invalid(&["name", "hold_seconds", "time_zone", "queue_id", "band"]);
    post(json!({"name": "n", "hold_seconds": 3601})).await.invalid(&["hold_seconds"]);
    post(json!({"name": "n", "time_zone": "Mars/Olympus"})).await.invalid(&["time_zone"]);
    post(json!({"name": "n", "queue_id": "que_none"})).await.invalid(&["queue_id"]);
    bodies_are_checked(&app, "POST", "/concerts", 64).await;
    app.finish().await;
}

#[tokio::test]
async fn the_same_key_gives_the_same_concert() {
    let app = TestApp::start().await;
    let operator = app.operator();
    let post = |name: &str| operator.post("/concerts", json!({"name": name})).key("k-1");
    let first = post("IU").await.expect(201);
    app.pass_seconds(60);
    assert_eq!(post("IU").await.expect(201), first);
    post("BTS").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(app.user().get("/concerts").await.expect(200), json!([first]));
    guarded(&app, "POST", "/concerts", &["user", "auditor"]).await;
    app.finish().await;
}
