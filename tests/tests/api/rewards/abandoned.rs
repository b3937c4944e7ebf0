//! Tests of units whose request died between its two writes.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::ids::{CampaignId, RewardId, UserId};
use domain::messages::holder_name;
use serde_json::json;
use store::Holder;

#[tokio::test]
async fn a_unit_without_a_claim_returns_and_its_request_comes_too_late() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({}), json!({"total_limit": 1})).await;
    let (store, dead) = (app.app().store(), UserId::new("dead"));
    let of = (CampaignId::parse(&campaign).unwrap(), RewardId::parse(&reward).unwrap());
    let offer = store.get_offer(&of.0, &of.1).await.unwrap();
    let holder = Holder { name: holder_name(&dead, 1, None), version: 1 };
    store.take(&offer.stock().unwrap(), &holder, app.now()).await.unwrap();
    app.user().claim(&campaign, &reward).await.refused(409, "OUT_OF_STOCK");
    app.wait_seconds(125).await;
    let fenced = store.get_claim_if_exists(&dead, &of.0).await.unwrap().expect("a claim without lines");
    assert_each_eq!(
        (fenced.version, 1),
        (fenced.lines.len(), 0),
        "the version that the request would have written"
    );
    app.user().claim(&campaign, &reward).await.expect(202);
    app.user().claim(&campaign, &reward).await.refused(409, "OUT_OF_STOCK");
    app.finish().await;
}
