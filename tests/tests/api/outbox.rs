//! Tests of the outbox: its two forms, what the fake data platform lists, and one that rejects all events.

use config::Settings;
use dibs_tests::assert_each_eq;
use dibs_tests::cost::bench::Bench;
use dibs_tests::cost::in_paused_time;
use dibs_tests::harness::TestApp;
use domain::Timestamp;
use domain::events::{DomainEvent, EventBatch, EventOrigin};
use serde_json::{Value, json};
use store::schema::OUTBOX;

/// Returns the messages that two charges of a balance send to the outbox, relayed in one batch.
fn messages(events_alone: bool) -> Vec<Value> {
    let messages = in_paused_time(async {
        let settings = Settings { events_alone, ..Settings::default() };
        let mut bench = Bench::with_settings(settings).await;
        for _ in 0..2 {
            let (user, body) = (bench.user(), json!({"amount": 5}));
            assert_eq!(bench.call("POST", "/balance/charge", Some(&user), Some(body)).await.status, 201);
        }
        bench.relay().await.messages["outbox"].clone()
    });
    messages.iter().map(|message| serde_json::from_str(message).unwrap()).collect()
}

#[test]
fn events_of_one_type_are_one_message_of_cloudevents() {
    let [batch] = &messages(false)[..] else { panic!("one message") };
    assert_each_eq!((batch["type"], "balance.charged"), (batch["events"].as_array().unwrap().len(), 2));
    for event in batch["events"].as_array().unwrap() {
        assert_each_eq!(
            (event["specversion"], "1.0"),
            (event["type"], "balance.charged"),
            (event["source"], "/dibs/local"),
            (event["data"]["amount"], 5)
        );
    }
}

#[test]
fn event_alone_has_the_form_of_before_and_the_same_id() {
    let (alone, batch) = (messages(true), &messages(false)[0]);
    assert_eq!(alone.len(), 2);
    for (event, of_batch) in alone.iter().zip(batch["events"].as_array().unwrap()) {
        let names: Vec<&String> = event.as_object().unwrap().keys().collect();
        assert_eq!(names, ["id", "type", "occurred_at", "correlation_id", "data"]);
        assert_each_eq!(
            (event["id"], of_batch["id"]),
            (event["type"], of_batch["type"]),
            (event["occurred_at"], of_batch["time"]),
            (event["correlation_id"], of_batch["subject"]),
            (event["data"], of_batch["data"])
        );
    }
}

#[tokio::test]
async fn message_of_either_form_arrives_and_repeats_are_dropped() {
    let app = TestApp::start().await;
    app.user().post("/balance/charge", json!({"amount": 500})).await.expect(201);
    app.settle().await;
    let charged = app.events();
    let origin = EventOrigin { environment: "local", schemas_url: None };
    let other = DomainEvent { id: "of the version before".to_owned(), ..charged[0].clone() };
    let alone = [charged[0].clone(), other.clone()];
    app.app().store().send(&OUTBOX, &alone, 0).await.unwrap();
    app.app().store().send(&OUTBOX, &EventBatch::all(&alone, origin).unwrap(), 0).await.unwrap();
    app.settle().await;
    assert_eq!(app.events(), [charged[0].clone(), other]);
    app.finish().await;
}

#[tokio::test]
async fn events_since_a_time_are_listed() {
    let app = TestApp::start().await;
    let user = app.user();
    user.post("/balance/charge", json!({"amount": 1})).await.expect(201);
    app.wait_seconds(60).await;
    user.post("/balance/charge", json!({"amount": 2})).await.expect(201);
    app.settle().await;
    let [first, second] = &app.events()[..] else { panic!("two events") };
    let ids = async |query: &str| -> Vec<Value> {
        let listed = reqwest::get(format!("{}/_standins/events{query}", app.address())).await.unwrap();
        let listed: Value = listed.json().await.unwrap();
        listed["data"].as_array().unwrap().iter().map(|event| event["id"].clone()).collect()
    };
    let just_after = Timestamp::from_millis(first.occurred_at.as_millis() + 1);
    assert_each_eq!(
        (ids("").await, [first.id.as_str(), second.id.as_str()]),
        (ids(&format!("?since={}", first.occurred_at)).await, [first.id.as_str(), second.id.as_str()]),
        (ids(&format!("?since={just_after}")).await, [second.id.as_str()])
    );
    let refused = reqwest::get(format!("{}/_standins/events?since=noon", app.address())).await.unwrap();
    assert_eq!(refused.status(), 400);
    app.finish().await;
}

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
