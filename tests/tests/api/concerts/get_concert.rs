//! Tests of `GET /concerts/{concert_id}`, one concert.

use dibs_tests::harness::TestApp;
use serde_json::json;

use super::guarded;

#[tokio::test]
async fn concert_is_shown_to_every_signed_in_account() {
    let app = TestApp::start().await;
    let made = app.operator().post("/concerts", json!({"name": "IU", "hold_seconds": 60})).await.expect(201);
    let path = format!("/concerts/{}", made["id"].as_str().unwrap());
    for caller in [app.user(), app.auditor(), app.operator()] {
        assert_eq!(caller.get(&path).await.snapshot(200), made);
    }
    app.user().get("/concerts/con_none").await.refused(404, "NOT_FOUND");
    app.user().get("/concerts/a%23b").await.refused(404, "NOT_FOUND");
    guarded(&app, "GET", &path, &[]).await;
    app.finish().await;
}
