//! Tests of `GET /webhooks`, the list of webhooks.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{guarded, webhook};

#[tokio::test]
async fn all_webhooks_are_listed_without_their_secrets() {
    let app = TestApp::start().await;
    assert_eq!(app.operator().get("/webhooks").await.expect(200), json!([]));
    let (one, other) = (webhook(&app, json!({})).await, webhook(&app, json!({"events": ["*"]})).await);
    let listed = app.admin().get("/webhooks").await.expect(200);
    let listed = listed.as_array().unwrap();
    let mut wanted = [one["id"].as_str().unwrap(), other["id"].as_str().unwrap()];
    wanted.sort_unstable();
    assert_each_eq!(
        (listed.len(), 2),
        (listed[0]["id"], wanted[0]),
        (listed[1]["id"], wanted[1]),
        (listed.iter().all(|webhook| webhook.get("secret").is_none()), true)
    );
    guarded(&app, "GET", "/webhooks", &["user", "auditor"]).await;
    app.finish().await;
}
