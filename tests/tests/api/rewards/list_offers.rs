//! Tests of `GET /events/{event_id}/rewards`, the rewards of an event.

use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{each, guarded};

#[tokio::test]
async fn users_see_those_of_active_events_without_the_codes() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({})).await;
    let path = format!("/events/{campaign}/rewards");
    let coupon = app.reward("coupon", json!({"coupon_code": "SECRET"})).await;
    let pool = app.pool(&["POOLED"]).await;
    app.offer(&campaign, &coupon, json!({})).await;
    app.offer(&campaign, &pool, json!({})).await;
    for caller in [app.user(), app.operator(), app.auditor(), app.admin()] {
        let reply = caller.get(&path).await;
        assert!(!reply.text().contains("SECRET") && !reply.text().contains("POOLED"), "{}", reply.text());
        let listed = reply.expect(200);
        let mut found = each(&listed, "reward_id");
        let mut expected = vec![coupon.as_str(), pool.as_str()];
        found.sort_unstable();
        expected.sort_unstable();
        assert_eq!(found, expected);
    }
    app.operator().patch(&format!("/events/{campaign}"), json!({"status": "draft"})).await.expect(200);
    app.user().get(&path).await.refused(404, "NOT_FOUND");
    app.auditor().get(&path).await.snapshot(200);
    app.user().get("/events/cmp_none/rewards").await.refused(404, "NOT_FOUND");
    guarded(&app, "GET", &path, &[]).await;
    app.finish().await;
}
