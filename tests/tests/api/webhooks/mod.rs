//! Tests of webhooks.

mod create_webhook;
mod delete_webhook;
mod deliveries;
mod get_webhook;
mod list_attempts;
mod list_webhooks;
mod receiver;
mod replay_events;
mod rotate_secret;
mod send_test;
mod update_webhook;

use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::checks::{bodies_are_checked, each, guarded, pages, paging_is_checked};

/// Creates a webhook with these fields in place of the default ones, and returns the response.
async fn webhook(app: &TestApp, fields: Value) -> Value {
    let mut body = json!({"url": "http://127.0.0.1:9/hooks", "events": ["order.*"]});
    for (name, value) in fields.as_object().unwrap() {
        body[name] = value.clone();
    }
    app.operator().post("/webhooks", body).await.expect(201)
}

/// Returns the path of a webhook.
fn path(webhook: &Value) -> String {
    format!("/webhooks/{}", webhook["id"].as_str().unwrap())
}
