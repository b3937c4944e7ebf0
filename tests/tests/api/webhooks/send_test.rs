//! Tests of `POST /webhooks/{webhook_id}/test`, which sends a test event.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::receiver::{Answer, Receiver};
use super::{guarded, path, webhook};

#[tokio::test]
async fn test_event_arrives_even_at_a_webhook_that_is_off() {
    let app = TestApp::start().await;
    let receiver = Receiver::start(&[]).await;
    let hook = webhook(&app, json!({"url": receiver.url()})).await;
    app.operator().patch(&path(&hook), json!({"enabled": false})).await.expect(200);
    let sent = app.operator().call("POST", &format!("{}/test", path(&hook))).await.expect(202);
    app.wait_seconds(1).await;
    let received = receiver.received();
    assert_each_eq!(
        (received.len(), 1),
        (received[0].event["type"], "webhook.test"),
        (received[0].event["id"], sent["event_id"]),
        (json!(received[0].header("webhook-id")), sent["message_id"])
    );
    app.finish().await;
}

#[tokio::test]
async fn test_event_that_fails_is_told_and_not_repeated() {
    let app = TestApp::start().await;
    let receiver = Receiver::start(&[Answer::Status(410)]).await;
    let hook = webhook(&app, json!({"url": receiver.url()})).await;
    let test = format!("{}/test", path(&hook));
    app.operator().call("POST", &test).await.expect(202);
    app.wait_seconds(30).await;
    let attempts = app.operator().get(&format!("{}/attempts", path(&hook))).await.expect(200);
    assert_each_eq!(
        (attempts[0]["status"], "given_up"),
        (attempts[0]["tries"][0]["status"], 410),
        (attempts[0]["next_try_at"], Value::Null),
        (receiver.received().len(), 1),
        (app.operator().get(&path(&hook)).await.expect(200)["enabled"], true)
    );
    app.operator().call("POST", "/webhooks/whk_none/test").await.refused(404, "NOT_FOUND");
    app.operator().post(&test, json!({"a": 1})).await.invalid(&["a"]);
    guarded(&app, "POST", &test, &["user", "auditor"]).await;
    app.finish().await;
}
