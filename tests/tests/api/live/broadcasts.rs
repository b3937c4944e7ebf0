//! Tests of the broadcaster under messages that come again and clients that are gone.

use std::time::Duration;

use assertions::assert_each_eq;
use aws_lambda_events::event::sqs::{SqsEvent, SqsMessage};
use dibs_tests::harness::TestApp;
use live::workers::broadcast_changes::WORKER;
use serde_json::json;

/// Gives the broadcaster a message about `topic` with this reason, as in its delivery number `receives`.
async fn deliver(app: &TestApp, topic: &str, reason: &str, receives: u32) {
    let mut message = SqsMessage::default();
    message.message_id = Some("1".to_owned());
    message.body = Some(json!({"topics": [topic], "reason": reason}).to_string());
    message.attributes.insert("ApproximateReceiveCount".to_owned(), receives.to_string());
    let mut event = SqsEvent::default();
    event.records = vec![message];
    assert!(WORKER.handle_sqs(app.app(), event).await.batch_item_failures.is_empty());
}

#[tokio::test]
async fn message_that_comes_again_is_told_again_and_is_nothing_new() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 40})).await;
    let topic = format!("deals/{deal}/stock");
    let mut client = app.live().await;
    client.subscribe(&topic).await;
    app.user().order(&deal, 3).await.expect(201);
    let first = client.next().await;
    app.settle().await;
    deliver(&app, &topic, "changed", 1).await;
    deliver(&app, &topic, "joined", 1).await;
    deliver(&app, &topic, "changed", 2).await;
    assert_eq!(client.next().await, first, "the first delivery had nothing to tell");
    let more = client.next_within(Duration::from_millis(300)).await;
    assert_eq!(more, None, "neither had the one for a client that joined");
    assert_each_eq!(
        (client.follower.version(&topic), first["version"].as_u64().unwrap()),
        (client.follower.state(&topic)["available_quantity"], 37)
    );
    app.finish().await;
}

#[tokio::test]
async fn change_that_no_relay_told_is_found_after_the_subscription() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 40})).await;
    let topic = format!("deals/{deal}/stock");
    let mut client = app.live().await;
    client.subscribe(&topic).await;
    // The channel is removed from the list, as for a relay that has not seen it there yet.
    let topics = domain::live::LiveTopic::parse(&topic).unwrap();
    let store = app.app().store();
    let listed = store.get_listed_channel_if_exists(&topics).await.unwrap().unwrap();
    store.unlist_channel(&listed).await.unwrap();
    app.user().order(&deal, 3).await.expect(201);
    app.settle().await;
    assert_eq!(client.follower.state(&topic)["available_quantity"], 40);
    app.wait_seconds(5).await;
    client.until(&topic, |state| state["available_quantity"] == 37).await;
    app.user().order(&deal, 2).await.expect(201);
    client.until(&topic, |state| state["available_quantity"] == 35).await;
    app.finish().await;
}

#[tokio::test]
async fn subscription_of_a_connection_that_is_gone_is_removed() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 40})).await;
    let topic = domain::live::LiveTopic::parse(&format!("deals/{deal}/stock")).unwrap();
    let mut client = app.live().await;
    client.subscribe(&topic.to_string()).await;
    let store = app.app().store();
    let mut gone = store.list_subscriptions(&topic).await.unwrap().remove(0);
    gone.connection_id = "gone".to_owned();
    store.put_subscription(&gone).await.unwrap();
    app.user().order(&deal, 3).await.expect(201);
    client.until(&topic.to_string(), |state| state["available_quantity"] == 37).await;
    app.settle().await;
    let left = store.list_subscriptions(&topic).await.unwrap();
    assert!(left.len() == 1 && left[0].connection_id != "gone", "{left:?}");
    app.finish().await;
}
