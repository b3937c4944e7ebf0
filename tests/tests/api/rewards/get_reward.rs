//! Tests of `GET /rewards/{reward_id}`, one reward.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::guarded;

#[tokio::test]
async fn reward_is_shown_to_staff() {
    let app = TestApp::start().await;
    let reward = app.reward("coupon", json!({"coupon_code": "SECRET"})).await;
    let path = format!("/rewards/{reward}");
    for caller in [app.operator(), app.auditor(), app.admin()] {
        let read = caller.get(&path).await.expect(200);
        assert_each_eq!((read["id"], json!(reward)), (read["coupon_code"], "SECRET"));
    }
    app.operator().get("/rewards/rwd_none").await.refused(404, "NOT_FOUND");
    guarded(&app, "GET", &path, &["user"]).await;
    app.finish().await;
}
