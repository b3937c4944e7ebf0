//! Tests of `GET /analytics/rewards`.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{csv_has_a_row_for_each_bucket, figures, period_is_checked, sum};

const PATH: &str = "/analytics/rewards";

#[tokio::test]
async fn requests_are_counted_by_type_and_status() {
    let app = TestApp::start().await;
    let event = app.campaign(json!({"condition": {"all": []}})).await;
    let rewards = [app.points(10).await, app.reward("badge", json!({"badge_id": "early"})).await];
    for reward in &rewards {
        app.offer(&event, reward, json!({})).await;
    }
    let (ann, bob) = (app.user(), app.user());
    ann.claim_all(&event).await.expect(202);
    bob.claim(&event, &rewards[0]).await.expect(202);
    let all = figures(&app, PATH).await;
    let of_type = |name: &str| {
        let types = all["totals"]["by_type"].as_array().unwrap();
        types.iter().find(|one| one["type"] == name).unwrap().clone()
    };
    assert_each_eq!(
        (all["totals"]["requests"], 3),
        (all["totals"]["by_status"]["granted"], 3),
        (of_type("POINT")["requests"], 2),
        (of_type("BADGE")["granted"], 1),
        (of_type("COUPON")["requests"], 0),
        (sum(&all, "/requests"), 3),
    );
    let badges = figures(&app, &format!("{PATH}?event_id={event}&reward_type=BADGE")).await;
    assert_each_eq!(
        (badges["totals"]["requests"], 1),
        (badges["totals"]["by_type"].as_array().unwrap().len(), 1),
    );
    app.finish().await;
}

#[tokio::test]
async fn parameters_are_checked_and_a_table_is_returned() {
    let app = TestApp::start().await;
    period_is_checked(&app, PATH).await;
    app.operator().get(&format!("{PATH}?reward_type=GOLD")).await.invalid(&["reward_type"]);
    app.auditor().get(&format!("{PATH}?event_id=cmp_none")).await.invalid(&["event_id"]);
    let columns = "requests,granted,status_requested,status_in_review,status_approved,status_granting,\
                   status_failed,status_rejected,status_granted,point_requests,item_requests,\
                   coupon_requests,badge_requests";
    csv_has_a_row_for_each_bucket(&app, PATH, columns).await;
    app.finish().await;
}
