//! Tests of `POST /webhooks`, which creates a webhook.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::webhooks::WEBHOOKS_MAX;
use serde_json::{Value, json};

use super::{bodies_are_checked, guarded, path, webhook};

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

#[tokio::test]
async fn webhook_is_on_and_its_secret_is_shown_once() {
    let app = TestApp::start().await;
    let body = json!({"url": "http://127.0.0.1:9/hooks", "events": ["order.confirmed", "claim.*"]});
    let made = app.operator().post("/webhooks", body).await.expect(201);
    let secret = made["secret"].as_str().unwrap();
    assert_each_eq!(
        (made["id"].as_str().unwrap().starts_with("whk_"), true),
        (made["enabled"], true),
        (made["disabled_reason"], Value::Null),
        (made["description"], ""),
        (domain::webhooks::key_of_secret(secret).map(|key| key.len()), Some(32))
    );
    let shown = app.operator().get(&path(&made)).await.expect(200);
    assert_eq!(shown.get("secret"), None);
    let given = webhook(&app, json!({"secret": SECRET, "description": "Shop"})).await;
    assert_each_eq!((given["secret"], SECRET), (given["description"], "Shop"));
    for stored in app.tables().await {
        assert!(!stored.contains("whsec_"), "a secret is stored in plain text: {stored}");
    }
    app.finish().await;
}

#[tokio::test]
async fn url_outside_of_the_public_internet_is_refused_by_name() {
    let app = TestApp::start().await;
    let post = |url: &str| app.operator().post("/webhooks", json!({"url": url, "events": ["*"]}));
    for url in [
        "example.com",
        "ftp://example.com/",
        "https://user:password@example.com/",
        "https://example.com/#here",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://[fd00::1]/",
        "https://[::ffff:192.168.1.1]/",
        "https://2852039166/",
    ] {
        post(url).await.invalid(&["url"]);
    }
    app.finish().await;
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let post = |body: Value| app.operator().post("/webhooks", body);
    post(json!({})).await.invalid(&["url", "events"]);
    post(json!({"url": "https://127.0.0.1/", "events": [], "colour": "red"}))
        .await
        .invalid(&["events", "colour"]);
    let wrong = json!({"url": "https://127.0.0.1/", "events": ["order.confirmed", "Order.*"]});
    post(wrong).await.invalid(&["events[1]"]);
    let unknown = json!({"url": "https://10.0.0.1/", "events": ["order.*", "order.eaten", "meals.*"]});
    post(unknown).await.invalid(&["url", "events[1]", "events[2]"]);
    let wrong = json!({"url": "https://10.0.0.1/", "events": ["*"], "secret": "whsec_c2hvcnQ="});
    post(wrong).await.invalid(&["url", "secret"]);
    bodies_are_checked(&app, "POST", "/webhooks", 64).await;
    guarded(&app, "POST", "/webhooks", &["user", "auditor"]).await;
    app.finish().await;
}

#[tokio::test]
async fn same_key_gives_the_same_webhook_with_its_secret() {
    let app = TestApp::start().await;
    let operator = app.operator();
    let post = |events: &str| {
        operator.post("/webhooks", json!({"url": "http://127.0.0.1:9/", "events": [events]})).key("k-1")
    };
    let first = post("order.*").await.expect(201);
    assert!(first["secret"].is_string());
    app.pass_seconds(60);
    assert_eq!(post("order.*").await.expect(201), first);
    post("deal.*").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(operator.get("/webhooks").await.expect(200).as_array().unwrap().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn webhook_is_refused_when_there_are_as_many_as_may_be() {
    let app = TestApp::start().await;
    let mut last = Value::Null;
    for _ in 0..WEBHOOKS_MAX {
        last = webhook(&app, json!({})).await;
    }
    let one_more = || app.admin().post("/webhooks", json!({"url": "http://127.0.0.1:9/", "events": ["*"]}));
    one_more().await.refused(409, "TOO_MANY_WEBHOOKS");
    assert_eq!(app.operator().delete(&path(&last)).await.status, 204);
    one_more().await.expect(201);
    app.finish().await;
}
