//! Tests of `PUT /users/me/notifications`.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

const PATH: &str = "/users/me/notifications";

#[tokio::test]
async fn preferences_are_replaced_and_a_repeat_changes_nothing() {
    let app = TestApp::start().await;
    let user = app.user();
    let body = json!({
        "locale": "en", "time_zone": "Europe/Berlin", "quiet_hours": {"from": "22:00", "to": "07:00"},
        "mail": true, "muted": ["granted"],
    });
    let changed = user.put(PATH, body.clone()).await.expect(200);
    assert_each_eq!(
        (changed["locale"], "en"),
        (changed["quiet_hours"], json!({"from": "22:00", "to": "07:00"})),
        (changed["muted"], json!(["granted"]))
    );
    app.pass_seconds(60);
    assert_eq!(user.put(PATH, body).await.expect(200), changed);
    assert_eq!(user.get(PATH).await.expect(200), changed);
    let reset = user.put(PATH, json!({})).await.expect(200);
    assert_each_eq!((reset["locale"], "ko"), (reset["quiet_hours"], serde_json::Value::Null));
    app.finish().await;
}

#[tokio::test]
async fn invalid_field_is_named() {
    let app = TestApp::start().await;
    let user = app.user();
    for (field, body) in [
        ("time_zone", json!({"time_zone": "Mars/Olympus"})),
        ("quiet_hours", json!({"quiet_hours": {"from": "07:00", "to": "07:00"}})),
        ("quiet_hours", json!({"quiet_hours": {"from": "7", "to": "08:00"}})),
        ("locale", json!({"locale": "de"})),
        ("muted", json!({"muted": ["refunds"]})),
    ] {
        let reply = user.put(PATH, body).await;
        assert!(reply.text().contains(field), "{field}: {}", reply.text());
        reply.refused(400, "VALIDATION_ERROR");
    }
    app.finish().await;
}

#[tokio::test]
async fn unknown_deal_and_queue_without_the_user_are_refused() {
    let app = TestApp::start().await;
    let user = app.user();
    user.put(PATH, json!({"deals": ["tdl_none"]})).await.refused(404, "NOT_FOUND");
    user.put(PATH, json!({"queues": ["que_none"]})).await.refused(404, "NOT_IN_QUEUE");
    app.anonymous().put(PATH, json!({})).await.refused(401, "UNAUTHORIZED");
    app.finish().await;
}
