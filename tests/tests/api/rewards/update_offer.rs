//! Tests of `PATCH /events/{event_id}/rewards/{reward_id}`, which updates the terms of a reward.

use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{bodies_are_checked, guarded};

#[tokio::test]
async fn named_fields_of_an_event_reward_change_and_null_removes_one() {
    let app = TestApp::start().await;
    let login = json!({"count": {"type": "login", "at_least": 1}});
    let terms = json!({"total_limit": 1, "review": "manual", "condition": login});
    let (campaign, reward) = app.event_with(json!({}), terms).await;
    let path = format!("/events/{campaign}/rewards/{reward}");
    let changes =
        json!({"quantity": 4, "per_user_limit": 3, "total_limit": 30, "review": null, "condition": null});
    let after = app.operator().patch(&path, changes.clone()).await.snapshot(200);
    for (name, value) in changes.as_object().unwrap() {
        assert_eq!(&after[name], value, "{name}");
    }
    let listed = app.operator().get(&format!("/events/{campaign}/rewards")).await.expect(200);
    assert_eq!(listed[0], after);
    assert_eq!(app.operator().patch(&path, json!({})).await.expect(200), after);
    app.finish().await;
}

#[tokio::test]
async fn a_limit_can_only_be_raised() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({}), json!({"total_limit": 1})).await;
    let path = format!("/events/{campaign}/rewards/{reward}");
    app.user().claim(&campaign, &reward).await.expect(202);
    app.user().claim(&campaign, &reward).await.refused(409, "OUT_OF_STOCK");
    app.operator().patch(&path, json!({"total_limit": 2})).await.expect(200);
    app.user().claim(&campaign, &reward).await.expect(202);
    app.user().claim(&campaign, &reward).await.refused(409, "OUT_OF_STOCK");
    app.operator().patch(&path, json!({"total_limit": 1})).await.refused(409, "CONFLICT");
    let (campaign, reward) = app.event(json!({"all": []})).await;
    let path = format!("/events/{campaign}/rewards/{reward}");
    app.operator().patch(&path, json!({"total_limit": 5})).await.refused(409, "CONFLICT");
    app.finish().await;
}

#[tokio::test]
async fn invalid_change_of_an_event_reward_is_refused() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"all": []})).await;
    let path = format!("/events/{campaign}/rewards/{reward}");
    let patch = |body: Value| app.operator().patch(&path, body);
    patch(json!({"quantity": null, "per_user_limit": 0, "review": "x", "reward_id": "rwd_2"}))
        .await
        .invalid(&["quantity", "per_user_limit", "review", "reward_id"]);
    patch(json!({"valid_from": app.days_ago(1), "valid_until": app.days_ago(2)}))
        .await
        .invalid(&["valid_until"]);
    for path in [format!("/events/{campaign}/rewards/rwd_none"), format!("/events/cmp_none/rewards/{reward}")]
    {
        app.operator().patch(&path, json!({"quantity": 2})).await.refused(404, "NOT_FOUND");
    }
    bodies_are_checked(&app, "PATCH", &path, 64).await;
    guarded(&app, "PATCH", &path, &["user", "auditor"]).await;
    app.finish().await;
}
