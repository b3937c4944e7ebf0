//! Tests of the outbox while the data platform rejects all events.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;
use store::schema::OUTBOX;

#[tokio::test]
async fn rejected_event_is_parked_and_arrives_once_when_it_is_sent_again() {
    let app = TestApp::with_quick_retries().await;
    let user = app.user();
    app.platform_fails(true);
    user.post("/balance/charge", json!({"amount": 500})).await.expect(201);
    app.settle().await;
    assert_each_eq!((app.dead_letters(&OUTBOX).await, 1), (app.events().len(), 0));
    app.platform_fails(false);
    assert_eq!(app.redrive(&OUTBOX).await, 1);
    app.settle().await;
    let events = app.events();
    assert_eq!(events.iter().map(|event| event.kind.as_str()).collect::<Vec<_>>(), ["balance.charged"]);
    app.finish().await;
}
