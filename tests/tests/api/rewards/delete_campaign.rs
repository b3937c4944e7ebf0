//! DELETE /events/{event_id}

use dibs_tests::harness::TestApp;
use serde_json::json;

use super::guarded;

#[tokio::test]
async fn an_event_without_claims_is_gone() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"all": []})).await;
    let path = format!("/events/{campaign}");
    app.admin().delete(&path).await.expect(204);
    for caller in [app.user(), app.operator(), app.admin()] {
        caller.get(&path).await.refused(404, "NOT_FOUND");
        assert_eq!(caller.get("/events").await.expect(200), json!([]));
    }
    app.user().claim(&campaign, &reward).await.refused(404, "NOT_FOUND");
    app.user().get(&format!("{path}/rewards")).await.refused(404, "NOT_FOUND");
    app.operator().patch(&path, json!({"name": "x"})).await.refused(404, "NOT_FOUND");
    app.admin().delete(&path).await.refused(404, "NOT_FOUND");
    app.finish().await;
}

#[tokio::test]
async fn one_with_claims_stays() {
    let app = TestApp::start().await;
    for condition in [json!({"all": []}), json!({"count": {"type": "login", "at_least": 1}})] {
        let (campaign, reward) = app.event(condition).await;
        // The second is refused, and recorded all the same.
        app.user().claim(&campaign, &reward).await;
        app.admin().delete(&format!("/events/{campaign}")).await.refused(409, "EVENT_HAS_CLAIMS");
        app.user().get(&format!("/events/{campaign}")).await.expect(200);
    }
    app.finish().await;
}

#[tokio::test]
async fn it_is_for_administrators() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({})).await;
    guarded(&app, "DELETE", &format!("/events/{campaign}"), &["user", "operator", "auditor"]).await;
    app.admin().delete("/events/cmp_none").await.refused(404, "NOT_FOUND");
    app.finish().await;
}
