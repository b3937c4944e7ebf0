//! Tests of `POST /dead-letters/{queue}/redrive`.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use local::fakes::{Fail, Faults};
use serde_json::json;
use store::schema::GRANTS;

/// Number of messages in the tests: more than SQS gives in one call.
const MESSAGES: usize = 23;

/// Puts messages into the dead letters of the grants, as the queue does after failed receives.
async fn give_up(app: &TestApp, bodies: impl Iterator<Item = String>) {
    let (sqs, url) = app.dead_letter_queue(&GRANTS);
    for body in bodies {
        sqs.send_message().queue_url(url).message_body(body).send().await.unwrap();
    }
}

#[tokio::test]
async fn only_administrators_redrive_and_an_unknown_queue_is_not_found() {
    let app = TestApp::start().await;
    let path = "/dead-letters/grants/redrive";
    app.anonymous().post(path, json!({})).await.refused(401, "UNAUTHORIZED");
    for caller in [app.user(), app.operator(), app.auditor()] {
        caller.post(path, json!({})).await.refused(403, "FORBIDDEN");
    }
    for name in ["nothing", "grants-dlq", "..%2Fgrants"] {
        app.admin().post(&format!("/dead-letters/{name}/redrive"), json!({})).await.refused(404, "NOT_FOUND");
    }
    app.admin().post(path, json!({"all": true})).await.refused(400, "VALIDATION_ERROR");
    app.finish().await;
}

#[tokio::test]
async fn dead_letters_are_moved_back_and_counted_until_none_is_left() {
    let app = TestApp::start().await;
    let admin = app.admin();
    // Repeats of a message that was handled, which the worker drops.
    let ((campaign, reward), user) = (app.event_with(json!({}), json!({})).await, app.user());
    user.claim(&campaign, &reward).await.expect(202);
    app.settle().await;
    let message = json!({"user_id": user.id(), "campaign_id": campaign}).to_string();
    give_up(&app, std::iter::repeat_n(message, MESSAGES)).await;
    let listed = admin.get("/dead-letters").await.expect(200);
    let waiting =
        listed.as_array().unwrap().iter().find(|one| one["queue"] == "grants").unwrap()["waiting"].clone();
    let first = admin.post("/dead-letters/grants/redrive", json!({})).await.expect(200);
    let second = admin.post("/dead-letters/grants/redrive", json!({})).await.expect(200);
    assert_each_eq!(
        (waiting, json!(MESSAGES)),
        (first, json!({"queue": "grants", "moved": MESSAGES, "remaining": 0})),
        (second, json!({"queue": "grants", "moved": 0, "remaining": 0})),
        (app.dead_letters(&GRANTS).await, 0),
        (app.request(&user, &campaign).await["grants"].as_array().map(Vec::len), Some(1))
    );
    app.finish().await;
}

#[tokio::test]
async fn grant_that_failed_is_made_once_after_a_redrive() {
    let app = TestApp::with_quick_retries().await;
    let campaign = app.campaign(json!({})).await;
    let reward = app.reward("badge", json!({"badge_id": "hero", "fulfilment": "external"})).await;
    app.offer(&campaign, &reward, json!({})).await;
    let user = app.user();
    app.fakes().set_fulfilment(Faults { fail: Some(Fail { status: 500, times: None }), ..Faults::default() });
    user.claim(&campaign, &reward).await.expect(202);
    assert_eq!(app.request(&user, &campaign).await["status"], "failed");
    app.fakes().set_fulfilment(Faults::default());
    let redriven = app.admin().post("/dead-letters/grants/redrive", json!({})).await.expect(200);
    assert_eq!(redriven["moved"], 1);
    let request = app.request(&user, &campaign).await;
    assert_each_eq!(
        (request["status"].as_str(), Some("granted")),
        (request["grants"].as_array().map(Vec::len), Some(1))
    );
    app.finish().await;
}
