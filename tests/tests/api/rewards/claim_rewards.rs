//! Tests of `POST /events/{event_id}/requests`, which claims all rewards of an event.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{guarded, the_queue_is_asked};

#[tokio::test]
async fn outcome_is_given_for_each_reward() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({})).await;
    let (points, gone, quest, outside, later) = (
        app.points(10).await,
        app.points(11).await,
        app.points(12).await,
        app.points(13).await,
        app.points(14).await,
    );
    app.offer(&campaign, &points, json!({})).await;
    app.offer(&campaign, &gone, json!({"total_limit": 1})).await;
    app.offer(&campaign, &quest, json!({"condition": {"quest_cleared": {"quest_id": "q"}}})).await;
    app.offer(&campaign, &outside, json!({"condition": {"external": {"check": "no"}}})).await;
    app.offer(&campaign, &later, json!({"valid_from": app.days_ago(-1)})).await;
    app.user().claim(&campaign, &gone).await.expect(202);
    let user = app.user();
    let data = user.claim_all(&campaign).await.snapshot(202);
    let outcome = |data: &Value, reward: &str| {
        let outcomes = data["outcomes"].as_array().unwrap().clone();
        let found = outcomes.into_iter().find(|one| one["reward_id"] == *reward).unwrap();
        found["status"].as_str().or(found["error"]["code"].as_str()).unwrap().to_owned()
    };
    for (reward, expected) in [
        (&points, "requested"),
        (&gone, "OUT_OF_STOCK"),
        (&quest, "CONDITION_NOT_MET"),
        (&outside, "CONDITION_NOT_MET"),
        (&later, "EVENT_NOT_ACTIVE"),
    ] {
        assert_eq!(outcome(&data, reward), expected, "{data}");
    }
    assert_eq!(data["outcomes"].as_array().unwrap().len(), 5);
    app.settle().await;
    let again = user.claim_all(&campaign).await.expect(202);
    assert_eq!(outcome(&again, &points), "ALREADY_REQUESTED");
    // Rewards that are sold out or not yet valid are not recorded; failed conditions are.
    let request = app.request(&user, &campaign).await;
    assert_eq!(request["lines"].as_array().unwrap().len(), 3);
    assert_each_eq!((request["status"], "failed"), (request["fully_granted"], false));
    assert_eq!(user.get("/inventory").await.json["meta"]["points"], 10);
    app.finish().await;
}

#[tokio::test]
async fn rewards_of_an_event_are_granted_together() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({})).await;
    for (kind, fields) in [
        ("point", json!({"points": 5})),
        ("item", json!({"item_id": "sword", "quantity": 2})),
        ("coupon", json!({"coupon_code": "HI"})),
        ("badge", json!({"badge_id": "hero"})),
    ] {
        let reward = app.reward(kind, fields).await;
        app.offer(&campaign, &reward, json!({})).await;
    }
    let user = app.user();
    let first = user.claim_all(&campaign).key("k").await.expect(202);
    assert_eq!(first["request"]["lines"].as_array().unwrap().len(), 4);
    let request = app.request(&user, &campaign).await;
    assert_eq!(request["fully_granted"], true);
    assert_eq!(request["grants"].as_array().unwrap().len(), 4);
    // A repeat with the same `Idempotency-Key` returns the first success of each reward.
    let repeat = user.claim_all(&campaign).key("k").await.expect(202);
    assert!(repeat["outcomes"].as_array().unwrap().iter().all(|one| one["status"] == "granted"), "{repeat}");
    app.finish().await;
}

#[tokio::test]
async fn event_without_rewards_is_accepted_and_inactive_event_is_refused() {
    let app = TestApp::start().await;
    let empty = app.campaign(json!({})).await;
    let data = app.user().claim_all(&empty).await.expect(202);
    assert_eq!(data, json!({"request": null, "outcomes": []}));
    for fields in [
        json!({"status": "inactive"}),
        json!({"ends_at": app.days_ago(1)}),
        json!({"starts_at": app.days_ago(-1)}),
    ] {
        let (campaign, _) = app.event_with(fields, json!({})).await;
        app.user().claim_all(&campaign).await.refused(409, "EVENT_NOT_ACTIVE");
    }
    app.user().claim_all("cmp_none").await.refused(404, "NOT_FOUND");
    guarded(&app, "POST", &format!("/events/{empty}/requests"), &["operator", "auditor"]).await;
    app.finish().await;
}

#[tokio::test]
async fn a_guarded_event_asks_for_the_token_of_its_queue() {
    let app = TestApp::start().await;
    the_queue_is_asked(&app, |user, event, _| user.claim_all(event)).await;
    app.finish().await;
}

#[tokio::test]
async fn claim_of_all_rewards_is_refused_where_the_address_must_be_confirmed_and_is_not() {
    let (app, member) = TestApp::with_unconfirmed_member().await;
    member.caller.call("POST", "/events/cmp_none/requests").await.refused(403, "EMAIL_NOT_CONFIRMED");
    app.finish().await;
}
