//! Tests of `notifications-create-notifications`: which event tells whom, once.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::events::{EventBatch, EventOrigin, EventType};
use serde_json::json;
use store::schema::NOTIFICATION_EVENTS;

use super::{grant, member, prefer, told};

const ORIGIN: EventOrigin<'_> = EventOrigin { environment: "local", schemas_url: None };

#[tokio::test]
async fn granted_reward_is_told_once_by_mail_and_event() {
    let app = TestApp::start().await;
    let kim = member(&app, "kim").await;
    grant(&app, &kim).await;
    let mail = app.fakes().mails().into_iter().find(|mail| mail.template == "granted").expect("a mail");
    assert_each_eq!(
        (mail.to.as_str(), "kim@example.com"),
        (mail.subject.as_str(), "You got a point"),
        (
            mail.unsubscribe_url.is_some_and(|url| url.contains("/api/v1/notifications/unsubscribe?token=")),
            true
        )
    );
    let events = app.events();
    let granted: Vec<_> =
        events.iter().filter(|event| event.kind == EventType::ClaimGranted).cloned().collect();
    let of_kind = |kind| app.events().into_iter().filter(|event| event.kind == kind).count();
    assert_each_eq!((granted.len(), 1), (of_kind(EventType::NotificationCreated), 1));

    let again = EventBatch::all(&granted, ORIGIN).expect("events have a JSON form");
    for _ in 0..3 {
        app.app().store().send(&NOTIFICATION_EVENTS, &again, 0).await.expect("SQS takes it");
    }
    app.settle().await;
    assert_eq!(told(&app, "granted"), ["kim@example.com"]);
    let ids: std::collections::BTreeSet<String> = app
        .events()
        .into_iter()
        .filter(|event| event.kind == EventType::NotificationCreated)
        .map(|event| event.id)
        .collect();
    assert_eq!(ids.len(), 1, "consumers drop the repeats by their id");
    app.finish().await;
}

#[tokio::test]
async fn rejected_request_is_told_with_its_reason() {
    let app = TestApp::start().await;
    let kim = member(&app, "kim").await;
    let (campaign, reward) = app.event_with(json!({"review": "manual"}), json!({})).await;
    kim.caller.claim(&campaign, &reward).await.expect(202);
    let path = format!("/events/requests/{}:{campaign}", kim.caller.id());
    let verdict = json!({"action": "reject", "reason": "Not before spring"});
    app.operator().patch(&path, verdict).await.expect(200);
    app.settle().await;
    let mails = app.fakes().mails();
    let mail = mails.iter().find(|mail| mail.template == "request_rejected").expect("a mail");
    assert!(mail.text.contains("Reason: Not before spring"), "{}", mail.text);
    app.finish().await;
}

#[tokio::test]
async fn approved_request_is_told_to_webhooks_and_its_grant_by_mail() {
    let app = TestApp::start().await;
    let kim = member(&app, "kim").await;
    let (campaign, reward) = app.event_with(json!({"review": "manual"}), json!({})).await;
    kim.caller.claim(&campaign, &reward).await.expect(202);
    let path = format!("/events/requests/{}:{campaign}", kim.caller.id());
    app.operator().patch(&path, json!({"action": "approve", "reason": "looked at it"})).await.expect(200);
    app.settle().await;
    assert_each_eq!((told(&app, "request_approved").len(), 0), (told(&app, "granted").len(), 1));
    let events = app.events();
    let created = events.iter().filter(|event| event.kind == EventType::NotificationCreated).count();
    assert_eq!(created, 2);
    app.finish().await;
}

#[tokio::test]
async fn hold_of_seats_is_told_a_minute_before_its_end() {
    let app = TestApp::start().await;
    let (kim, lee) = (member(&app, "kim").await, member(&app, "lee").await);
    let (concert, date) = app.show().await;
    kim.caller.reserve_best(&concert, &date, 2).await.expect(201);
    let canceled = lee.caller.reserve_best(&concert, &date, 1).await.expect(201);
    lee.caller.cancel(&canceled["id"]).await.expect(200);
    app.wait_seconds(230).await;
    assert_eq!(told(&app, "hold_ends"), Vec::<String>::new());
    app.wait_seconds(15).await;
    assert_eq!(told(&app, "hold_ends"), ["kim@example.com"]);
    app.wait_seconds(120).await;
    assert_eq!(told(&app, "hold_ends").len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn hold_of_units_is_told_a_minute_before_its_end() {
    let app = TestApp::start().await;
    let kim = member(&app, "kim").await;
    let deal = app.deal(json!({})).await;
    kim.caller.order(&deal, 2).await.expect(201);
    app.wait_seconds(245).await;
    let mails = app.fakes().mails();
    let mail = mails.iter().find(|mail| mail.template == "hold_ends").expect("a mail");
    assert!(mail.text.contains("Your hold of 2 for Cat tree ends at "), "{}", mail.text);
    app.finish().await;
}

#[tokio::test]
async fn muted_kind_is_told_on_no_channel_and_mail_off_on_that_channel_only() {
    let app = TestApp::start().await;
    let (kim, lee) = (member(&app, "kim").await, member(&app, "lee").await);
    prefer(&kim, json!({"muted": ["granted"]})).await;
    prefer(&lee, json!({"mail": false})).await;
    grant(&app, &kim).await;
    grant(&app, &lee).await;
    assert_eq!(told(&app, "granted"), Vec::<String>::new());
    let events = app.events();
    let created = events.iter().filter(|event| event.kind == EventType::NotificationCreated).count();
    assert_eq!(created, 1, "of lee");
    app.finish().await;
}

#[tokio::test]
async fn disabled_rule_tells_nobody() {
    let app = TestApp::start().await;
    let kim = member(&app, "kim").await;
    let rule = json!({"enabled": false, "channels": ["mail", "webhook"], "urgent": false});
    app.operator().put("/notifications/rules/granted", rule).await.expect(200);
    grant(&app, &kim).await;
    assert_eq!(told(&app, "granted"), Vec::<String>::new());
    app.finish().await;
}
