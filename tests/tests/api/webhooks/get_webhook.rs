//! Tests of `GET /webhooks/{webhook_id}`, one webhook.

use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{guarded, path, webhook};

#[tokio::test]
async fn webhook_is_shown_to_operators_without_its_secret() {
    let app = TestApp::start().await;
    let mut made = webhook(&app, json!({})).await;
    let shown = app.operator().get(&path(&made)).await.expect(200);
    made.as_object_mut().unwrap().remove("secret");
    assert_eq!(shown, made);
    app.operator().get("/webhooks/whk_none").await.refused(404, "NOT_FOUND");
    guarded(&app, "GET", &path(&made), &["user", "auditor"]).await;
    app.finish().await;
}
