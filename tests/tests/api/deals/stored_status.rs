//! Tests of the stored status of deals, which follows the clock within a minute. The shown status follows the
//! clock at once.

use dibs_tests::harness::TestApp;
use domain::events::DomainEventData;
use serde_json::json;

use super::advance;

#[tokio::test]
async fn the_data_platform_hears_when_a_deal_begins_and_ends() {
    let app = TestApp::start().await;
    let (start, end) = (app.now().plus_seconds(600), app.now().plus_seconds(1200));
    app.deal(json!({"start_at": start, "end_at": end})).await;
    for _ in 0..2 {
        advance(&app).await;
        assert_eq!(told(&app).await, ["deal.scheduled"]);
    }
    app.pass_seconds(601);
    advance(&app).await;
    assert_eq!(told(&app).await, ["deal.scheduled", "deal.active"]);
    app.pass_seconds(600);
    for _ in 0..2 {
        advance(&app).await;
        assert_eq!(told(&app).await, ["deal.scheduled", "deal.active", "deal.ended"]);
    }
    app.finish().await;
}

#[tokio::test]
async fn the_data_platform_hears_that_a_deal_is_sold_out() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 1})).await;
    app.user().order(&deal, 1).await.expect(201);
    app.settle().await;
    advance(&app).await;
    assert_eq!(told(&app).await, ["deal.active", "deal.soldout"]);
    app.finish().await;
}

async fn told(app: &TestApp) -> Vec<String> {
    app.settle().await;
    let of_deals = app.events().into_iter().filter(|event| matches!(event.data, DomainEventData::Deal(_)));
    of_deals.map(|event| event.kind.to_string()).collect()
}
