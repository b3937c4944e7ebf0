//! Tests of waiting rooms whose messages are lost or late: the sweeper runs them, and so does a user who
//! polls for an overdue position.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::{Caller, TestApp};
use domain::accounts::Role;
use domain::ids::QueueId;
use domain::waiting_room::QueueEntry;
use serde_json::json;
use store::schema::ROOMS;

use super::{ask, join, line, place, queue, statuses, token, with};

/// Runs the scheduled worker that sweeps waiting rooms.
async fn sweep(app: &TestApp) {
    waiting_room::workers::sweep_rooms::WORKER.handle_tick(app.app()).await.unwrap();
    app.settle().await;
}

/// Returns the same users with new access tokens, because the old ones have expired.
fn signed_in_again(app: &TestApp, users: &[Caller]) -> Vec<Caller> {
    let again =
        |user: &Caller| app.signed_in(user.id().clone(), &[Role::User], app.now(), app.app().tokens());
    users.iter().map(again).collect()
}

/// Checks that the sweeper runs a waiting room after a minute. The machine's clock is not moved here, so the
/// delayed message does not arrive.
#[tokio::test]
async fn room_whose_look_did_not_come_is_woken_a_minute_later() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"no_show_seconds": 300})).await;
    let users = line(&app, &queue, 2).await;
    app.wait_seconds(2).await;
    assert_eq!(statuses(&users, &queue).await, "aw");
    app.pass_seconds(310);
    sweep(&app).await;
    app.pass_millis(1_000);
    assert_eq!(statuses(&users, &queue).await, "ew", "its message may be on its way");
    app.pass_seconds(60);
    sweep(&app).await;
    app.pass_millis(1_000);
    assert_eq!(statuses(&users, &queue).await, "ea");
    app.finish().await;
}

/// Checks that a run that is due in more than half an hour is left to the sweeper, and no message is sent for
/// it.
#[tokio::test]
async fn look_that_is_far_off_is_seen_to_by_the_schedule() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"no_show_seconds": 7_200, "token_seconds": 7_200})).await;
    let users = line(&app, &queue, 2).await;
    app.wait_seconds(2).await;
    assert_eq!(statuses(&users, &queue).await, "aw");
    for minutes in [60, 59] {
        app.wait_seconds(minutes * 60).await;
        sweep(&app).await;
        assert_eq!(statuses(&signed_in_again(&app, &users), &queue).await, "aw");
    }
    app.pass_seconds(90);
    sweep(&app).await;
    app.pass_millis(1_000);
    assert_eq!(statuses(&signed_in_again(&app, &users), &queue).await, "ea");
    app.finish().await;
}

/// Checks that a run that is due later than 900 seconds, the maximum delay of SQS, is in time: the worker
/// sends its message again.
#[tokio::test]
async fn look_that_is_later_than_a_message_can_be_delayed_is_made_in_time() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"no_show_seconds": 1_200, "token_seconds": 1_200})).await;
    let users = line(&app, &queue, 2).await;
    app.wait_seconds(2).await;
    app.wait_seconds(901).await;
    assert_eq!(statuses(&signed_in_again(&app, &users), &queue).await, "aw");
    assert_eq!(app.delayed_messages(&ROOMS).await, 1, "the look is sent on");
    app.wait_seconds(310).await;
    assert_eq!(statuses(&signed_in_again(&app, &users), &queue).await, "ea");
    app.finish().await;
}

/// Checks that the worker sends the message about an arrival bucket again if the bucket is not yet due, as
/// between instances with different clocks.
#[tokio::test]
async fn message_that_names_a_bucket_before_it_is_due_is_sent_on() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({})).await;
    let (user, store) = (app.user(), app.app().store());
    let room = store.get_waiting_room(&QueueId::parse(&queue).unwrap()).await.unwrap();
    let joining = QueueEntry::new(user.id().clone(), &room, app.now().plus_seconds(300));
    drop(store.save_queue_entry(&joining).await.unwrap());
    store.join_bucket(&room.id, joining.bucket, &joining.entry_name(), joining.joined_at).await.unwrap();
    app.settle().await;
    assert_eq!(app.delayed_messages(&ROOMS).await, 1, "the relay's own message, due with the bucket");
    store.wake_waiting_room(&room.id, joining.bucket, app.now()).await.unwrap();
    app.settle().await;
    assert_eq!(app.delayed_messages(&ROOMS).await, 2, "the early message is sent on");
    assert_eq!(place(&user, &queue).await["position"], json!(null));
    app.wait_seconds(305).await;
    assert_eq!(place(&user, &queue).await["position"], 1);
    app.finish().await;
}

/// Checks that a waiting room in which nobody waits or is admitted is not run any more.
#[tokio::test]
async fn room_with_nothing_to_look_at_is_left_alone() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"no_show_seconds": 30})).await;
    line(&app, &queue, 1).await;
    app.wait_seconds(2).await;
    app.wait_seconds(40).await;
    app.wait_seconds(60).await;
    sweep(&app).await;
    app.pass_seconds(120);
    sweep(&app).await;
    let watched = app.app().store().list_due_rooms(app.now().plus_seconds(100_000), 10).await.unwrap();
    assert_eq!(watched, []);
    let room = app.app().store().get_waiting_room(&QueueId::parse(&queue).unwrap()).await.unwrap();
    assert_each_eq!((room.next_run_at, None), (room.active(), 0));
    app.finish().await;
}

#[tokio::test]
async fn request_for_a_late_position_wakes_the_queue() {
    let app = TestApp::start().await;
    let queue = queue(&app, 1, json!({"no_show_seconds": 600})).await;
    let user = app.user();
    let ticket = join(&user, &queue).await.expect(201)["ticket"].as_str().unwrap().to_owned();
    app.pass_seconds(40);
    with(ask(&user, &queue), &ticket).await.expect(200);
    app.settle().await;
    app.pass_millis(1_000);
    assert_eq!(place(&user, &queue).await["position"], 1);
    token(&user, &queue).await;
    app.finish().await;
}
