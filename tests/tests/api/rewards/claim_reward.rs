//! Tests of `POST /events/{event_id}/requests/{reward_id}`, which claims one reward.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use futures::future::join_all;
use serde_json::{Value, json};

use super::external_checks::checks;
use super::{guarded, the_queue_is_asked};

#[tokio::test]
async fn a_claim_is_accepted_at_once_and_granted_soon() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"all": []})).await;
    let user = app.user();
    let accepted = user.claim(&campaign, &reward).await.snapshot(202);
    assert_eq!(accepted["id"], format!("{}:{campaign}", user.id()));
    assert_each_eq!((accepted["status"], "requested"), (accepted["fully_granted"], false));
    assert_eq!(accepted["lines"].as_array().unwrap().len(), 1);
    let request = app.request(&user, &campaign).await;
    assert_each_eq!((request["status"], "granted"), (request["fully_granted"], true));
    assert_eq!(user.get("/inventory").await.json["meta"]["points"], 10);
    // The data platform received each change once.
    let kinds = app.events().into_iter().map(|event| event.kind.to_string());
    let kinds: Vec<String> = kinds.filter(|kind| kind.starts_with("claim.")).collect();
    assert_eq!(kinds, ["claim.requested", "claim.granted"]);
    app.finish().await;
}

#[tokio::test]
async fn second_claim_is_refused_and_forty_at_once_are_one() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"all": []})).await;
    let user = app.user();
    let replies = join_all((0..40).map(|_| user.claim(&campaign, &reward).into_future())).await;
    let accepted = replies.iter().filter(|reply| reply.status == 202).count();
    let refused = replies.iter().filter(|reply| reply.json["error"]["code"] == "ALREADY_REQUESTED").count();
    assert_each_eq!((accepted, 1), (refused, 39));
    app.settle().await;
    let error = user.claim(&campaign, &reward).await.refused(409, "ALREADY_REQUESTED");
    assert_eq!(error["details"], json!({"claim_id": format!("{}:{campaign}", user.id()), "limit": 1}));
    assert_eq!(user.get("/points/ledger").await.expect(200).as_array().unwrap().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn repeat_with_the_same_key_returns_the_same_line() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({}), json!({"per_user_limit": 3, "total_limit": 2})).await;
    let user = app.user();
    let tries = join_all((0..10).map(|_| user.claim(&campaign, &reward).key("k").into_future())).await;
    assert!(tries.iter().all(|reply| reply.status == 202));
    app.settle().await;
    assert_eq!(
        user.claim(&campaign, &reward).key("k").await.expect(202)["lines"].as_array().unwrap().len(),
        1
    );
    user.claim(&campaign, &reward).key("l").await.expect(202);
    // No unit is left, but a repeat of an earlier request gets its response.
    user.claim(&campaign, &reward).key("m").await.refused(409, "OUT_OF_STOCK");
    assert_eq!(
        user.claim(&campaign, &reward).key("k").await.expect(202)["lines"].as_array().unwrap().len(),
        2
    );
    user.claim(&campaign, &reward).key(&"k".repeat(256)).await.invalid(&["Idempotency-Key"]);
    app.finish().await;
}

#[tokio::test]
async fn event_is_claimed_only_while_active_and_within_its_period() {
    let app = TestApp::start().await;
    for fields in [
        json!({"status": "inactive"}),
        json!({"status": "ended"}),
        json!({"starts_at": app.days_ago(-1)}),
        json!({"ends_at": app.days_ago(1)}),
    ] {
        let (campaign, reward) = app.event_with(fields, json!({})).await;
        let error = app.user().claim(&campaign, &reward).await.refused(409, "EVENT_NOT_ACTIVE");
        assert!(error["details"]["status"].is_string());
    }
    for terms in [json!({"valid_from": app.days_ago(-1)}), json!({"valid_until": app.days_ago(1)})] {
        let (campaign, reward) = app.event_with(json!({}), terms).await;
        app.user().claim(&campaign, &reward).await.refused(409, "EVENT_NOT_ACTIVE");
    }
    app.finish().await;
}

#[tokio::test]
async fn claim_of_an_unknown_reward_is_not_found() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"all": []})).await;
    let detached = app.points(5).await;
    for (campaign, reward) in
        [(&*campaign, &*detached), (&campaign, "rwd_none"), ("cmp_none", &reward), ("a%20b", &reward)]
    {
        app.user().claim(campaign, reward).await.refused(404, "NOT_FOUND");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_refused_condition_is_recorded_and_may_be_met_later() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"quest_cleared": {"quest_id": "dragon"}})).await;
    let user = app.user();
    for _ in 0..2 {
        let error = user.claim(&campaign, &reward).await.refused(422, "CONDITION_NOT_MET");
        let tree = &error["details"]["condition"];
        assert_each_eq!(
            (tree["kind"], "quest_cleared"),
            (tree["quest_id"], "dragon"),
            (tree["passed"], false)
        );
    }
    let failed = app.request(&user, &campaign).await;
    assert_each_eq!((failed["status"], "failed"), (failed["lines"][0]["reason"], "CONDITION_NOT_MET"));
    assert_each_eq!((failed["attempts"].as_array().unwrap().len(), 1), (failed["attempts"][0]["times"], 2));
    assert_eq!(failed["lines"][0]["condition"]["passed"], false);
    app.activity(&user, "quest_clear", json!({"ref": "dragon"})).await;
    user.claim(&campaign, &reward).await.expect(202);
    let granted = app.request(&user, &campaign).await;
    let path: Vec<&Value> =
        granted["audit"].as_array().unwrap().iter().map(|change| &change["status"]).collect();
    assert_eq!(path, ["failed", "requested", "granted"]);
    assert_each_eq!((granted["lines"].as_array().unwrap().len(), 1), (granted["lines"][0]["number"], 1));
    app.finish().await;
}

#[tokio::test]
async fn claim_is_for_users_only() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"all": []})).await;
    guarded(&app, "POST", &format!("/events/{campaign}/requests/{reward}"), &["operator", "auditor"]).await;
    app.admin().claim(&campaign, &reward).await.expect(202);
    app.finish().await;
}

#[tokio::test]
async fn a_guarded_event_asks_for_the_token_of_its_queue() {
    let app = TestApp::start().await;
    the_queue_is_asked(&app, |user, event, reward| user.claim(event, reward)).await;
    app.finish().await;
}

#[tokio::test]
async fn expired_coupon_is_not_claimed() {
    let app = TestApp::start().await;
    let fields = json!({"coupon_code": "SOON", "expires_at": app.now().plus_seconds(60)});
    let coupon = app.reward("coupon", fields).await;
    let campaign = app.campaign(json!({})).await;
    app.offer(&campaign, &coupon, json!({})).await;
    app.user().claim(&campaign, &coupon).await.expect(202);
    app.settle().await;
    app.pass_seconds(60);
    let (late, tables) = (app.user(), app.tables().await);
    late.claim(&campaign, &coupon).await.refused(409, "REWARD_EXPIRED");
    let all = late.claim_all(&campaign).await.expect(202);
    assert_eq!(all["outcomes"][0]["error"]["code"], "REWARD_EXPIRED");
    assert_eq!(all["request"], Value::Null);
    app.unchanged_since(&tables).await;
    app.finish().await;
}

#[tokio::test]
async fn user_causes_no_more_checks_in_a_minute_than_are_allowed() {
    let app = TestApp::start().await;
    let (first, first_reward) = app.event(checks("a", 20)).await;
    let (second, second_reward) = app.event(checks("b", 11)).await;
    let (third, third_reward) = app.event(checks("c", 10)).await;
    let user = app.user();
    user.claim(&first, &first_reward).await.expect(202);
    let reply = user.claim(&second, &second_reward).await;
    let retry_after: i64 = reply.header("retry-after").unwrap().parse().unwrap();
    reply.refused(429, "TOO_MANY_REQUESTS");
    assert!((55..=61).contains(&retry_after), "{retry_after}");
    user.claim(&third, &third_reward).await.expect(202);
    app.user().claim(&second, &second_reward).await.expect(202);
    app.pass_seconds(retry_after);
    user.claim(&second, &second_reward).await.expect(202);
    app.finish().await;
}

#[tokio::test]
async fn draft_is_not_shown_to_who_claims_it() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({"status": "draft"}), json!({})).await;
    let user = app.user();
    user.get(&format!("/events/{campaign}")).await.refused(404, "NOT_FOUND");
    for answer in [user.claim(&campaign, &reward).await, user.claim_all(&campaign).await] {
        assert_eq!(answer.refused(404, "NOT_FOUND")["details"], json!(null));
    }
    app.finish().await;
}

#[tokio::test]
async fn claim_is_refused_where_the_address_must_be_confirmed_and_is_not() {
    let (app, member) = TestApp::with_unconfirmed_member().await;
    let claim = member.caller.call("POST", "/events/cmp_none/requests/rwd_none");
    claim.await.refused(403, "EMAIL_NOT_CONFIRMED");
    app.finish().await;
}
