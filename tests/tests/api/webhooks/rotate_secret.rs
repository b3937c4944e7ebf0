//! Tests of `POST /webhooks/{webhook_id}/rotate-secret`, which replaces the signing secret.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::ids::WebhookId;
use domain::webhooks::{ROTATION_SECONDS, SECRETS_MAX};
use serde_json::json;
use store::Saved;

use super::receiver::{Receiver, event, publish};
use super::{bodies_are_checked, guarded, path, webhook};

#[tokio::test]
async fn both_secrets_sign_for_a_day() {
    let app = TestApp::start().await;
    let receiver = Receiver::start(&[]).await;
    let hook = webhook(&app, json!({"url": receiver.url()})).await;
    let rotate = format!("{}/rotate-secret", path(&hook));
    let new = app.operator().post(&rotate, json!({})).await.expect(200);
    assert_ne!(new["secret"], hook["secret"]);
    publish(&app, &[event(&app, "usr_1:a", 1)]).await;
    app.pass_seconds(ROTATION_SECONDS);
    publish(&app, &[event(&app, "usr_1:a", 2)]).await;
    let received = receiver.received();
    let signatures = |number: usize| received[number].header("webhook-signature").split(' ').count();
    assert_each_eq!((signatures(0), 2), (signatures(1), 1));
    app.finish().await;
}

#[tokio::test]
async fn rotation_helps_although_the_secret_before_cannot_be_opened_any_more() {
    let app = TestApp::start().await;
    let receiver = Receiver::start(&[]).await;
    let hook = webhook(&app, json!({"url": receiver.url()})).await;
    let store = app.app().store();
    let mut stored =
        store.get_webhook(&WebhookId::parse(hook["id"].as_str().unwrap()).unwrap()).await.unwrap();
    stored.secrets[0].sealed = "c2VhbGVkIGJ5IGEga2V5IHRoYXQgaXMgbG9zdA".to_owned();
    stored.version += 1;
    assert!(matches!(store.save_webhook(&stored).await.unwrap(), Saved::Done));
    app.operator().post(&format!("{}/rotate-secret", path(&hook)), json!({})).await.expect(200);
    publish(&app, &[event(&app, "usr_1:a", 1)]).await;
    assert_eq!(receiver.received()[0].header("webhook-signature").split(' ').count(), 1);
    app.finish().await;
}

#[tokio::test]
async fn so_many_secrets_are_valid_at_once_and_no_more() {
    let app = TestApp::start().await;
    let hook = webhook(&app, json!({})).await;
    let rotate = format!("{}/rotate-secret", path(&hook));
    for _ in 1..SECRETS_MAX {
        app.operator().post(&rotate, json!({})).await.expect(200);
    }
    app.operator().post(&rotate, json!({})).await.refused(409, "CONFLICT");
    app.pass_seconds(ROTATION_SECONDS);
    let given = json!({"secret": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"});
    assert_eq!(app.admin().post(&rotate, given.clone()).await.expect(200)["secret"], given["secret"]);
    app.operator().post(&rotate, json!({"secret": "whsec_short", "old": 1})).await.invalid(&["old"]);
    app.operator().post(&rotate, json!({"secret": "whsec_short"})).await.invalid(&["secret"]);
    app.operator().post("/webhooks/whk_none/rotate-secret", json!({})).await.refused(404, "NOT_FOUND");
    bodies_are_checked(&app, "POST", &rotate, 64).await;
    guarded(&app, "POST", &rotate, &["user", "auditor"]).await;
    app.finish().await;
}
