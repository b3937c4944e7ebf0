//! Tests of `PATCH /webhooks/{webhook_id}`, which updates a webhook or switches it on or off.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{bodies_are_checked, guarded, path, webhook};

#[tokio::test]
async fn given_fields_of_a_webhook_change() {
    let app = TestApp::start().await;
    let made = webhook(&app, json!({})).await;
    let patch = |changes: Value| app.operator().patch(&path(&made), changes);
    let changes = json!({"url": "https://127.0.0.1:8443/b", "events": ["*"], "description": "Warehouse"});
    app.pass_seconds(1);
    let changed = patch(changes.clone()).await.expect(200);
    for (name, value) in changes.as_object().unwrap() {
        assert_eq!(&changed[name], value, "{name}");
    }
    assert_ne!(changed["updated_at"], made["updated_at"]);
    assert_eq!(patch(json!({})).await.expect(200), changed, "an empty change changes nothing");
    let unknown = json!({"url": "https://10.0.0.1/", "events": ["meals.*"]});
    patch(unknown).await.invalid(&["url", "events[0]"]);
    patch(json!({"enabled": "no", "events": ["*", "a b"], "secret": "x"})).await.invalid(&[
        "enabled",
        "events[1]",
        "secret",
    ]);
    app.operator().patch("/webhooks/whk_none", json!({})).await.refused(404, "NOT_FOUND");
    bodies_are_checked(&app, "PATCH", &path(&made), 64).await;
    guarded(&app, "PATCH", &path(&made), &["user", "auditor"]).await;
    app.finish().await;
}

#[tokio::test]
async fn webhook_that_is_off_says_why_and_since_when() {
    let app = TestApp::start().await;
    let made = webhook(&app, json!({})).await;
    let off = app.operator().patch(&path(&made), json!({"enabled": false})).await.expect(200);
    assert_each_eq!(
        (off["enabled"], false),
        (off["disabled_reason"], "requested"),
        (off["disabled_at"].is_string(), true)
    );
    app.pass_seconds(60);
    assert_eq!(app.operator().patch(&path(&made), json!({"enabled": false})).await.expect(200), off);
    let on = app.operator().patch(&path(&made), json!({"enabled": true})).await.expect(200);
    assert_each_eq!(
        (on["enabled"], true),
        (on["disabled_reason"], Value::Null),
        (on["disabled_at"], Value::Null)
    );
    app.finish().await;
}
