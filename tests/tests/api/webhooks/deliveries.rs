//! Tests of the way of events to the endpoints of webhooks, whatever these do.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::receiver::{Answer, Receiver, event, publish};
use super::{path, webhook};

/// Runs the scheduled worker that wakes what is due.
async fn resume(app: &TestApp) {
    webhooks::workers::resume_sending::WORKER.handle_tick(app.app()).await.unwrap();
    app.settle().await;
}

/// Returns the newest entry of the attempts of a webhook.
async fn last_attempts(app: &TestApp, webhook: &Value) -> Value {
    app.operator().get(&format!("{}/attempts", path(webhook))).await.expect(200)[0].clone()
}

#[tokio::test]
async fn events_of_the_filter_arrive_signed_and_in_order() {
    let app = TestApp::start().await;
    let receiver = Receiver::start(&[]).await;
    webhook(&app, json!({"url": receiver.url(), "events": ["order.*"]})).await;
    let (user, deal) = (app.user(), app.deal(json!({})).await);
    let order = user.order(&deal, 1).await.expect(201)["id"].as_str().unwrap().to_owned();
    user.delete(&format!("/orders/{order}")).await.expect(200);
    app.wait_seconds(3).await;
    let received = receiver.received();
    let told: Vec<(&str, &str)> = received
        .iter()
        .map(|one| (one.event["type"].as_str().unwrap(), one.event["subject"].as_str().unwrap()))
        .collect();
    assert_eq!(told, [("order.reserved", order.as_str()), ("order.canceled", order.as_str())]);
    for one in &received {
        assert_each_eq!(
            (one.header("webhook-id").starts_with("msg_"), true),
            (one.header("webhook-signature").starts_with("v1,"), true),
            (one.header("content-type"), "application/json"),
            (one.event["specversion"], "1.0")
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn failed_event_is_sent_again_before_the_next_of_its_subject_and_holds_up_no_other() {
    let app = TestApp::start().await;
    let receiver = Receiver::start(&[Answer::Status(500), Answer::Status(200), Answer::Status(307)]).await;
    let hook = webhook(&app, json!({"url": receiver.url()})).await;
    publish(&app, &[event(&app, "usr_1:a", 1), event(&app, "usr_1:a", 2)]).await;
    let failed = last_attempts(&app, &hook).await;
    publish(&app, &[event(&app, "usr_2:b", 1)]).await;
    assert_eq!(receiver.event_ids(), ["usr_1:a:1", "usr_2:b:1"], "the other subject goes on");
    assert_each_eq!((failed["status"], "pending"), (failed["event_type"], "order.confirmed"));
    app.wait_seconds(6).await;
    app.wait_seconds(400).await;
    assert_eq!(receiver.event_ids()[2..], ["usr_1:a:1", "usr_1:a:1", "usr_1:a:2"]);
    let received = receiver.received();
    assert_each_eq!(
        (received[2].header("webhook-id"), received[0].header("webhook-id")),
        (received[3].header("webhook-id"), received[0].header("webhook-id")),
        (received[2].event, received[0].event)
    );
    let attempts = app.operator().get(&format!("{}/attempts", path(&hook))).await.expect(200);
    let first = attempts.as_array().unwrap().iter().find(|one| one["event_id"] == "usr_1:a:1").unwrap();
    let statuses: Vec<&Value> = first["tries"].as_array().unwrap().iter().map(|one| &one["status"]).collect();
    assert_eq!(statuses, [500, 307, 200]);
    assert_each_eq!(
        (first["status"], "delivered"),
        (first["late"], false),
        (first["next_try_at"], Value::Null)
    );
    app.finish().await;
}

#[tokio::test]
async fn endpoint_that_answers_too_late_gets_the_event_again_under_the_same_id() {
    let app = TestApp::with_little_patience().await;
    let receiver = Receiver::start(&[Answer::Late]).await;
    let hook = webhook(&app, json!({"url": receiver.url()})).await;
    publish(&app, &[event(&app, "usr_1:a", 1)]).await;
    let attempts = last_attempts(&app, &hook).await;
    assert_each_eq!(
        (attempts["status"], "pending"),
        (attempts["tries"][0]["failure"], "timeout"),
        (attempts["tries"][0]["status"], Value::Null),
        (attempts["next_try_at"].is_string(), true)
    );
    // First attempts of further events are brief from now on.
    let failing = app.operator().get(&path(&hook)).await.expect(200);
    assert!(failing["failing_since"].is_string(), "{failing}");
    app.wait_seconds(6).await;
    let received = receiver.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].header("webhook-id"), received[1].header("webhook-id"));
    assert_eq!(last_attempts(&app, &hook).await["status"], "delivered");
    assert_eq!(app.operator().get(&path(&hook)).await.expect(200)["failing_since"], Value::Null);
    app.finish().await;
}

#[tokio::test]
async fn receiver_decides_how_long_a_pause_is_with_retry_after() {
    let app = TestApp::start().await;
    let receiver = Receiver::start(&[Answer::RetryAfter(503, 120), Answer::RetryAfter(500, 7200)]).await;
    webhook(&app, json!({"url": receiver.url()})).await;
    publish(&app, &[event(&app, "usr_1:a", 1)]).await;
    app.wait_seconds(60).await;
    assert_eq!(receiver.event_ids().len(), 1, "the endpoint asked for two minutes");
    app.wait_seconds(70).await;
    assert_eq!(receiver.event_ids().len(), 2);
    app.wait_seconds(340).await;
    assert_eq!(receiver.event_ids().len(), 3, "a plain failure does not decide");
    app.finish().await;
}

#[tokio::test]
async fn long_pause_ends_by_the_due_index() {
    let app = TestApp::start().await;
    let receiver = Receiver::start(&[Answer::Status(500); 3]).await;
    webhook(&app, json!({"url": receiver.url()})).await;
    publish(&app, &[event(&app, "usr_1:a", 1)]).await;
    app.wait_seconds(6).await;
    app.wait_seconds(340).await;
    assert_eq!(receiver.event_ids().len(), 3);
    resume(&app).await;
    assert_eq!(receiver.event_ids().len(), 3, "it is not due yet");
    app.pass_seconds(34 * 60);
    resume(&app).await;
    resume(&app).await;
    assert_eq!(receiver.event_ids().len(), 4, "it was due once");
    app.finish().await;
}

/// Lets the pauses before the second to the last but one attempt pass, and the attempts be made.
async fn pass_pauses(app: &TestApp) {
    app.wait_seconds(6).await;
    app.wait_seconds(340).await;
    for minutes in [30, 120, 300, 600, 840, 1200] {
        pass_pause(app, minutes).await;
    }
}

/// Lets a pause of so many minutes, with its ten percent more, pass, and the attempt after it be made.
async fn pass_pause(app: &TestApp, minutes: i64) {
    app.pass_seconds(minutes * 66 + 60);
    resume(app).await;
}

#[tokio::test]
async fn webhook_that_fails_for_three_days_is_switched_off_and_loses_nothing() {
    let app = TestApp::start().await;
    let receiver = Receiver::start(&[Answer::Status(500); 10]).await;
    let hook = webhook(&app, json!({"url": receiver.url()})).await;
    publish(&app, &[event(&app, "usr_1:a", 1), event(&app, "usr_1:a", 2)]).await;
    pass_pauses(&app).await;
    let failing = app.operator().get(&path(&hook)).await.expect(200);
    assert_each_eq!((failing["enabled"], true), (failing["failing_since"].is_string(), true));
    pass_pause(&app, 1440).await;
    let off = app.operator().get(&path(&hook)).await.expect(200);
    assert_each_eq!(
        (off["enabled"], false),
        (off["disabled_reason"], "failing"),
        (receiver.event_ids().len(), 10)
    );
    pass_pause(&app, 1440).await;
    assert_eq!(receiver.event_ids().len(), 10, "nothing is sent while it is off");
    app.operator().patch(&path(&hook), json!({"enabled": true})).await.expect(200);
    app.wait_seconds(6).await;
    assert_eq!(receiver.event_ids()[10..], ["usr_1:a:1", "usr_1:a:2"]);
    let on = app.operator().get(&path(&hook)).await.expect(200);
    assert_each_eq!((on["enabled"], true), (on["failing_since"], Value::Null));
    app.finish().await;
}

#[tokio::test]
async fn event_that_is_never_taken_is_given_up_and_the_next_has_its_turn() {
    let app = TestApp::start().await;
    let receiver = Receiver::start(&[Answer::Status(422); 9]).await;
    let hook = webhook(&app, json!({"url": receiver.url()})).await;
    publish(&app, &[event(&app, "usr_1:a", 1), event(&app, "usr_1:a", 2)]).await;
    pass_pauses(&app).await;
    // The endpoint takes other events, so it is this one that it does not take.
    publish(&app, &[event(&app, "usr_2:b", 1)]).await;
    receiver.answer_next(Answer::Status(422));
    pass_pause(&app, 1440).await;
    assert_eq!(receiver.event_ids()[9..], ["usr_2:b:1", "usr_1:a:1", "usr_1:a:2"]);
    let attempts = app.operator().get(&format!("{}/attempts", path(&hook))).await.expect(200);
    let given_up: Vec<&Value> = attempts
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["status"] == "given_up")
        .map(|one| &one["event_id"])
        .collect();
    assert_eq!(given_up, ["usr_1:a:1"]);
    assert_eq!(app.operator().get(&path(&hook)).await.expect(200)["enabled"], true);
    app.finish().await;
}

#[tokio::test]
async fn endpoint_that_is_gone_switches_its_webhook_off() {
    let app = TestApp::start().await;
    let receiver = Receiver::start(&[Answer::Status(410)]).await;
    let hook = webhook(&app, json!({"url": receiver.url()})).await;
    publish(&app, &[event(&app, "usr_1:a", 1)]).await;
    let off = app.operator().get(&path(&hook)).await.expect(200);
    assert_each_eq!((off["enabled"], false), (off["disabled_reason"], "gone"));
    assert_eq!(last_attempts(&app, &hook).await["tries"][0]["status"], 410);
    publish(&app, &[event(&app, "usr_1:a", 2), event(&app, "usr_2:b", 1)]).await;
    assert_eq!(receiver.event_ids().len(), 1, "nothing is sent while it is off");
    app.operator().patch(&path(&hook), json!({"enabled": true})).await.expect(200);
    app.wait_seconds(6).await;
    let mut sent = receiver.event_ids();
    let of_one: Vec<String> = sent.iter().filter(|id| id.starts_with("usr_1")).cloned().collect();
    assert_eq!(of_one, ["usr_1:a:1", "usr_1:a:1", "usr_1:a:2"], "in order, with what was to be sent before");
    sent.sort_unstable();
    assert_eq!(sent.len(), 4);
    app.finish().await;
}

#[tokio::test]
async fn deleted_webhook_gets_nothing_more() {
    let app = TestApp::start().await;
    let receiver = Receiver::start(&[Answer::Status(500)]).await;
    let hook = webhook(&app, json!({"url": receiver.url()})).await;
    publish(&app, &[event(&app, "usr_1:a", 1)]).await;
    assert_eq!(app.operator().delete(&path(&hook)).await.status, 204);
    app.wait_seconds(6).await;
    publish(&app, &[event(&app, "usr_1:a", 2)]).await;
    assert_eq!(receiver.event_ids(), ["usr_1:a:1"]);
    app.finish().await;
}

#[tokio::test]
async fn repeated_and_overtaken_messages_change_neither_number_nor_order() {
    let app = TestApp::start().await;
    let receiver = Receiver::start(&[]).await;
    let hook = webhook(&app, json!({"url": receiver.url()})).await;
    // The later version overtakes the earlier one, and a relay repeats both in another message.
    let (earlier, later) = (event(&app, "usr_1:a", 9), event(&app, "usr_1:a", 10));
    let messages = [vec![later.clone()], vec![earlier.clone()], vec![earlier, later]];
    let messages = messages.map(|events| domain::messages::WebhookEvents { events });
    app.app().store().send(&store::schema::WEBHOOK_EVENTS, &messages, 0).await.unwrap();
    app.wait_seconds(3).await;
    assert_eq!(receiver.event_ids(), ["usr_1:a:9", "usr_1:a:10"]);
    // One that comes after a later one was delivered is sent, and marked.
    publish(&app, &[event(&app, "usr_1:a", 8), event(&app, "usr_1:a", 10)]).await;
    assert_eq!(receiver.event_ids(), ["usr_1:a:9", "usr_1:a:10", "usr_1:a:8"]);
    let attempts = app.operator().get(&format!("{}/attempts", path(&hook))).await.expect(200);
    let late: Vec<&Value> = attempts
        .as_array()
        .unwrap()
        .iter()
        .filter(|one| one["late"] == true)
        .map(|one| &one["event_id"])
        .collect();
    assert_eq!(late, ["usr_1:a:8"]);
    app.finish().await;
}

/// Subjects and versions of [`receiver_that_fails_stalls_and_answers_late_gets_everything_in_order`].
const SUBJECTS: u32 = 20;
const VERSIONS: u32 = 5;

#[tokio::test]
async fn receiver_that_fails_stalls_and_answers_late_gets_everything_in_order() {
    let app = TestApp::with_little_patience().await;
    let bad =
        [Answer::Status(500), Answer::Late, Answer::Status(200), Answer::RetryAfter(503, 10), Answer::Late];
    let answers: Vec<Answer> = bad.into_iter().cycle().take(60).collect();
    let receiver = Receiver::start(&answers).await;
    let hook = webhook(&app, json!({"url": receiver.url()})).await;
    let subject = |number: u32| format!("usr_{number}:a");
    // Every batch comes twice, and its second half before its first one.
    for version in 1..=VERSIONS {
        let batch: Vec<_> = (0..SUBJECTS).map(|number| event(&app, &subject(number), version)).collect();
        let (first, second) = batch.split_at(batch.len() / 2);
        let messages = [second.to_vec(), first.to_vec(), batch.clone()];
        let messages = messages.map(|events| domain::messages::WebhookEvents { events });
        app.app().store().send(&store::schema::WEBHOOK_EVENTS, &messages, 0).await.unwrap();
        app.settle().await;
    }
    for seconds in [3, 6, 12, 340] {
        app.wait_seconds(seconds).await;
    }
    for minutes in [30, 120, 300] {
        pass_pause(&app, minutes).await;
    }
    let mut first: Vec<String> = Vec::new();
    for id in receiver.event_ids() {
        if !first.contains(&id) {
            first.push(id);
        }
    }
    for number in 0..SUBJECTS {
        let of_subject = |id: &&String| id.starts_with(&format!("{}:", subject(number)));
        let got: Vec<String> = first.iter().filter(of_subject).cloned().collect();
        let wanted: Vec<String> =
            (1..=VERSIONS).map(|version| format!("{}:{version}", subject(number))).collect();
        assert_eq!(got, wanted);
    }
    assert!(receiver.event_ids().len() > first.len(), "nothing was sent twice, so nothing failed");
    let attempts = app.operator().get(&format!("{}/attempts?limit=100", path(&hook))).await.expect(200);
    let left: Vec<&Value> =
        attempts.as_array().unwrap().iter().filter(|one| one["status"] != "delivered").collect();
    assert_eq!(left, Vec::<&Value>::new());
    app.finish().await;
}
