//! Tests of the relay's messages to the worker of waiting rooms.

use aws_lambda_events::event::dynamodb::{Event, EventRecord};
use dibs_tests::harness::TestApp;
use domain::ids::QueueId;
use domain::waiting_room::arrival_window_of;
use serde_json::json;
use store::schema::ROOMS;

/// Returns the stream record about a new arrival bucket whose window is `seconds` seconds from now.
fn bucket(app: &TestApp, queue: &QueueId, seconds: i64) -> EventRecord {
    let slice = arrival_window_of(app.now().plus_seconds(seconds));
    let keys = json!({"pk": {"S": format!("QUEUE#{queue}#SLICE#{slice}#0")}, "sk": {"S": "PAGE#0"}});
    let mut record = EventRecord::default();
    record.change.keys = serde_json::from_value(keys.clone()).unwrap();
    record.change.new_image = serde_json::from_value(keys).unwrap();
    record
}

/// Checks that an arrival bucket far in the future, which a user can get by leaving and rejoining repeatedly,
/// delays no other user.
#[tokio::test]
async fn message_about_several_buckets_comes_when_the_first_of_them_is_due() {
    let app = TestApp::start().await;
    // The worker drops a message about a waiting room that does not exist.
    let queue = QueueId::new("none");
    let mut event = Event::default();
    event.records = [600, 300, 850].map(|seconds| bucket(&app, &queue, seconds)).into();
    waiting_room::workers::relay_changes::WORKER.handle_stream(app.app(), event).await.unwrap();
    app.settle().await;
    assert_eq!(app.delayed_messages(&ROOMS).await, 1, "nothing is due yet");
    app.wait_seconds(310).await;
    assert_eq!(app.delayed_messages(&ROOMS).await, 0, "the first bucket is due");
    app.finish().await;
}
