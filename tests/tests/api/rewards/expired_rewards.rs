//! Coupons past their own expiry date.

use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn expired_coupon_is_neither_claimed_nor_attached() {
    let app = TestApp::start().await;
    let fields = json!({"coupon_code": "SOON", "expires_at": app.now().plus_seconds(60)});
    let coupon = app.reward("coupon", fields).await;
    let (campaign, other) = (app.campaign(json!({})).await, app.campaign(json!({})).await);
    app.offer(&campaign, &coupon, json!({})).await;
    app.user().claim(&campaign, &coupon).await.expect(202);
    app.settle().await;
    app.pass_seconds(60);
    let (late, tables) = (app.user(), app.tables().await);
    late.claim(&campaign, &coupon).await.refused(409, "REWARD_EXPIRED");
    let all = late.claim_all(&campaign).await.expect(202);
    assert_eq!(
        (&all["outcomes"][0]["error"]["code"], &all["request"]),
        (&json!("REWARD_EXPIRED"), &Value::Null)
    );
    let attach = app.operator().post(&format!("/events/{other}/rewards"), json!({"reward_id": coupon})).await;
    attach.refused(409, "REWARD_EXPIRED");
    app.unchanged_since(&tables).await;
    app.finish().await;
}

#[tokio::test]
async fn reward_whose_period_is_over_is_not_attached() {
    let app = TestApp::start().await;
    let (campaign, reward) = (app.campaign(json!({})).await, app.points(5).await);
    let over = json!({"reward_id": reward, "valid_until": app.days_ago(1)});
    app.operator().post(&format!("/events/{campaign}/rewards"), over).await.invalid(&["valid_until"]);
    app.finish().await;
}
