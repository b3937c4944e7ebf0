//! Tests of `DELETE /webhooks/{webhook_id}`, which deletes a webhook.

use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{guarded, path, webhook};

#[tokio::test]
async fn deleted_webhook_is_gone() {
    let app = TestApp::start().await;
    let (made, other) = (webhook(&app, json!({})).await, webhook(&app, json!({})).await);
    guarded(&app, "DELETE", &path(&made), &["user", "auditor"]).await;
    assert_eq!(app.operator().delete(&path(&made)).await.status, 204);
    app.operator().delete(&path(&made)).await.refused(404, "NOT_FOUND");
    app.operator().get(&path(&made)).await.refused(404, "NOT_FOUND");
    let left = app.operator().get("/webhooks").await.expect(200);
    assert_eq!(left[0]["id"], other["id"]);
    let refused = app.operator().call("DELETE", &path(&other)).json(&json!({"a": 1})).await;
    refused.invalid(&["a"]);
    app.finish().await;
}
