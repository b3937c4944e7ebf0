//! Tests of `PATCH /events/{event_id}`, which updates a campaign.

use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{bodies_are_checked, guarded};

#[tokio::test]
async fn named_fields_of_an_event_change_and_the_rest_stays() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({"status": "draft"})).await;
    let path = format!("/events/{campaign}");
    let before = app.operator().get(&path).await.expect(200);
    let changes = json!({
        "name": "Other", "description": "d", "status": "active", "review": "manual", "time_zone": "Asia/Seoul",
        "condition": {"count": {"type": "login", "at_least": 2}},
    });
    let after = app.operator().patch(&path, changes.clone()).await.snapshot(200);
    for (name, value) in before.as_object().unwrap() {
        assert_eq!(&after[name], changes.get(name).unwrap_or(value), "{name}");
    }
    assert_eq!(app.operator().patch(&path, json!({})).await.expect(200), after);
    assert_eq!(app.user().get(&path).await.expect(200), after);
    app.finish().await;
}

#[tokio::test]
async fn ended_event_does_not_become_a_draft() {
    let app = TestApp::start().await;
    let over = app.campaign(json!({"ends_at": app.days_ago(1)})).await;
    let path = format!("/events/{over}");
    assert_eq!(app.operator().get(&path).await.expect(200)["status"], "ended");
    app.operator().patch(&path, json!({"status": "draft"})).await.refused(409, "CONFLICT");
    let longer = app.operator().patch(&path, json!({"ends_at": app.days_ago(-1)})).await.expect(200);
    assert_eq!(longer["status"], "active");
    app.finish().await;
}

#[tokio::test]
async fn invalid_change_of_an_event_is_refused() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({})).await;
    let path = format!("/events/{campaign}");
    let patch = |body: Value| app.operator().patch(&path, body);
    let wrong = json!({"name": null, "status": "gone", "review": "never", "condition": null, "id": "cmp_1"});
    patch(wrong).await.invalid(&["name", "status", "review", "condition", "id"]);
    patch(json!({"ends_at": app.days_ago(60), "time_zone": "Nowhere"}))
        .await
        .invalid(&["ends_at", "time_zone"]);
    app.operator().patch("/events/cmp_none", json!({"name": "x"})).await.refused(404, "NOT_FOUND");
    bodies_are_checked(&app, "PATCH", &path, 64).await;
    guarded(&app, "PATCH", &path, &["user", "auditor"]).await;
    app.finish().await;
}

#[tokio::test]
async fn a_pause_takes_effect_at_once() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"all": []})).await;
    let user = app.user();
    app.operator().patch(&format!("/events/{campaign}"), json!({"status": "inactive"})).await.expect(200);
    user.claim(&campaign, &reward).await.refused(409, "EVENT_NOT_ACTIVE");
    app.operator().patch(&format!("/events/{campaign}"), json!({"status": "active"})).await.expect(200);
    user.claim(&campaign, &reward).await.expect(202);
    app.finish().await;
}
