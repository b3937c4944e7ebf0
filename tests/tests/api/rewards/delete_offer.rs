//! Tests of `DELETE /events/{event_id}/rewards/{reward_id}`, which detaches a reward.

use dibs_tests::harness::TestApp;
use serde_json::json;

use super::guarded;

#[tokio::test]
async fn deleted_event_reward_is_gone_and_requests_keep_their_promise() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({"review": "manual"}), json!({})).await;
    let path = format!("/events/{campaign}/rewards/{reward}");
    let (early, late) = (app.user(), app.user());
    let request = early.claim(&campaign, &reward).await.expect(202);
    app.operator().delete(&path).await.expect(204);
    late.claim(&campaign, &reward).await.refused(404, "NOT_FOUND");
    assert_eq!(app.operator().get(&format!("/events/{campaign}/rewards")).await.expect(200), json!([]));
    app.operator().delete(&path).await.refused(404, "NOT_FOUND");
    let decide = format!("/events/requests/{}", request["id"].as_str().unwrap());
    app.operator().patch(&decide, json!({"action": "approve", "reason": "promised"})).await.expect(200);
    assert_eq!(app.request(&early, &campaign).await["status"], "granted");
    app.finish().await;
}

#[tokio::test]
async fn reward_that_is_attached_again_has_a_new_stock() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({}), json!({"total_limit": 1})).await;
    app.user().claim(&campaign, &reward).await.expect(202);
    app.operator().delete(&format!("/events/{campaign}/rewards/{reward}")).await.expect(204);
    app.offer(&campaign, &reward, json!({"total_limit": 1})).await;
    app.user().claim(&campaign, &reward).await.expect(202);
    app.user().claim(&campaign, &reward).await.refused(409, "OUT_OF_STOCK");
    app.finish().await;
}

#[tokio::test]
async fn event_reward_is_deleted_by_operators_only() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"all": []})).await;
    guarded(&app, "DELETE", &format!("/events/{campaign}/rewards/{reward}"), &["user", "auditor"]).await;
    app.operator().delete(&format!("/events/{campaign}/rewards/rwd_none")).await.refused(404, "NOT_FOUND");
    app.operator().delete(&format!("/events/cmp_none/rewards/{reward}")).await.refused(404, "NOT_FOUND");
    app.finish().await;
}
