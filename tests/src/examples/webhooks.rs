//! Calls of webhooks.

use crate::harness::TestApp;
use serde_json::{Value, json};

use super::recorder::Recording;

/// Calls each operation on webhooks.
pub async fn webhooks(app: &TestApp, examples: &mut Recording) {
    let operator = app.operator();
    // The host of an example has no address, so that nothing is sent to anybody.
    let new = json!({
        "url": "https://hooks.example.com/dibs", "events": ["order.*", "claim.granted"],
        "description": "Warehouse",
    });
    let webhook = examples.call(&operator, "POST", "/webhooks", new).await;
    let path = format!("/webhooks/{}", webhook["id"].as_str().expect("what is created has an id"));
    examples.call(&operator, "GET", "/webhooks", Value::Null).await;
    examples.call(&operator, "GET", &path, Value::Null).await;
    examples.call(&operator, "POST", &format!("{path}/rotate-secret"), json!({})).await;
    let from = json!({"from": app.now().plus_seconds(-3600)});
    examples.call(&operator, "POST", &format!("{path}/replay"), from).await;
    let at = super::START_MS - super::START_MS % 300_000;
    let at = domain::Timestamp::from_millis(at);
    examples.call(&operator, "POST", &format!("{path}/test"), Value::Null).await;
    let sent =
        json!({"event_id": "evt_01KBCDF8XN2Q4R6T8V0W2Y4Z6A", "message_id": "msg_5N1JQ7ZC3M9X8T2R4V6W0Y1B3D"});
    examples.show_instead("sendWebhookTest", json!({"success": true, "data": sent}));
    examples.call(&operator, "GET", &format!("{path}/attempts"), Value::Null).await;
    let attempt = json!({
        "message_id": "msg_5N1JQ7ZC3M9X8T2R4V6W0Y1B3D", "event_id": "evt_01KBCDF8XN2Q4R6T8V0W2Y4Z6A",
        "event_type": "webhook.test", "status": "delivered", "accepted_at": at, "delivered_at": at,
        "next_try_at": null, "late": false,
        "tries": [{"at": at, "status": 204, "failure": null, "took_ms": 38}],
    });
    let attempts = json!({"success": true, "data": [attempt], "meta": {"next_cursor": null}});
    examples.show_instead("listWebhookAttempts", attempts);
    examples.call(&operator, "PATCH", &path, json!({"enabled": false})).await;
    examples.send(operator.delete(&path), Value::Null).await;
}
