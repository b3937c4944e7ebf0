//! Tests of `POST /events/{event_id}/rewards`, which attaches a reward.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use futures::future::join_all;
use serde_json::{Value, json};

use super::{bodies_are_checked, guarded};

#[tokio::test]
async fn the_terms_are_kept() {
    let app = TestApp::start().await;
    let (campaign, reward) = (app.campaign(json!({})).await, app.points(5).await);
    let path = format!("/events/{campaign}/rewards");
    let terms = json!({
        "reward_id": reward, "quantity": 3, "total_limit": 100, "per_user_limit": 2, "review": "manual",
        "condition": {"count": {"type": "login", "at_least": 1}},
        "valid_from": app.days_ago(1).to_string(), "valid_until": app.days_ago(-1).to_string(),
    });
    let made = app.operator().post(&path, terms.clone()).await.snapshot(201);
    for (name, value) in terms.as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }
    assert_each_eq!((made["event_id"], json!(campaign)), (made["type"], "POINT"), (made["points"], 5));
    let plain = app.points(7).await;
    let made = app.operator().post(&path, json!({"reward_id": plain})).await.expect(201);
    for (name, value) in [
        ("quantity", json!(1)),
        ("per_user_limit", json!(1)),
        ("total_limit", Value::Null),
        ("review", Value::Null),
        ("condition", Value::Null),
    ] {
        assert_eq!(made[name], value, "{name}");
    }
    app.finish().await;
}

#[tokio::test]
async fn a_reward_is_attached_once() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"all": []})).await;
    let other = app.points(7).await;
    let operator = app.operator();
    let post =
        |reward: &str| operator.post(&format!("/events/{campaign}/rewards"), json!({"reward_id": reward}));
    post(&reward).await.refused(409, "REWARD_ALREADY_ATTACHED");
    let first = post(&other).key("k").await.expect(201);
    assert_eq!(post(&other).key("k").await.expect(201), first);
    post(&reward).key("k").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    post(&other).key("l").await.refused(409, "REWARD_ALREADY_ATTACHED");
    app.finish().await;
}

#[tokio::test]
async fn reward_that_is_worth_nothing_any_more_is_not_attached() {
    let app = TestApp::start().await;
    let (campaign, reward) = (app.campaign(json!({})).await, app.points(5).await);
    let path = format!("/events/{campaign}/rewards");
    let fields = json!({"coupon_code": "SOON", "expires_at": app.now().plus_seconds(60)});
    let coupon = app.reward("coupon", fields).await;
    app.pass_seconds(60);
    app.operator().post(&path, json!({"reward_id": coupon})).await.refused(409, "REWARD_EXPIRED");
    let over = json!({"reward_id": reward, "valid_until": app.days_ago(1)});
    app.operator().post(&path, over).await.invalid(&["valid_until"]);
    app.finish().await;
}

#[tokio::test]
async fn limits_that_one_request_cannot_hold_are_refused_with_their_sum() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({})).await;
    let path = format!("/events/{campaign}/rewards");
    let (first, second) = (app.points(5).await, app.points(6).await);
    let operator = app.operator();
    let terms = |reward: &str, limit: u32| json!({"reward_id": reward, "per_user_limit": limit});
    operator.post(&path, terms(&first, 51)).await.invalid(&["per_user_limit"]);
    operator.post(&path, terms(&first, 30)).await.expect(201);
    let refused = operator.post(&path, terms(&second, 21)).await.refused(400, "VALIDATION_ERROR");
    let message = refused["details"][0]["message"].as_str().unwrap().to_owned();
    assert!(message.contains("51 claims") && message.contains("at most 50"), "{message}");
    operator.post(&path, terms(&second, 20)).await.expect(201);
    let raise = json!({"per_user_limit": 31});
    operator.patch(&format!("{path}/{first}"), raise.clone()).await.invalid(&["per_user_limit"]);
    operator.patch(&format!("{path}/{first}"), json!({"quantity": 2})).await.expect(200);
    operator.patch(&format!("{path}/{second}"), json!({"per_user_limit": 19})).await.expect(200);
    operator.patch(&format!("{path}/{first}"), raise).await.expect(200);
    // A user can claim as many line items as were accepted.
    let user = app.user();
    for _ in 0..31 {
        user.claim(&campaign, &first).await.expect(202);
    }
    for _ in 0..19 {
        user.claim(&campaign, &second).await.expect(202);
    }
    user.claim(&campaign, &first).await.refused(409, "ALREADY_REQUESTED");
    app.finish().await;
}

/// Returns a condition with many leaves, different for each `number`, that users meet who have signed in.
fn wide(number: usize) -> Value {
    let leaf = |node: usize| {
        let kind = format!("a_rather_long_kind_of_activity_{}", node % 10);
        json!({"not": {"count": {"type": kind, "at_least": 9_000 + number}}})
    };
    json!({"any": (0..31).map(leaf).collect::<Vec<_>>()})
}

#[tokio::test]
async fn conditions_that_one_request_cannot_hold_are_refused_with_their_sum() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({"condition": wide(500)})).await;
    let path = format!("/events/{campaign}/rewards");
    let mut attached = Vec::new();
    let refused = loop {
        let reward = app.points(5).await;
        let terms = json!({"reward_id": reward, "condition": wide(attached.len())});
        let reply = app.operator().post(&path, terms).await;
        if reply.status != 201 {
            break reply;
        }
        attached.push(reward);
    };
    let refused = refused.refused(400, "VALIDATION_ERROR");
    assert_eq!(refused["details"][0]["field"], "condition");
    let message = refused["details"][0]["message"].as_str().unwrap();
    let sum: usize = message.split_once("would take ").unwrap().1.split_once(' ').unwrap().0.parse().unwrap();
    assert!(sum > 390_000 && message.contains("at most 390000"), "{refused}");
    assert!((15..50).contains(&attached.len()), "{}", attached.len());
    // The claim of a user has room for all rewards that were accepted.
    let all = app.user().claim_all(&campaign).await.expect(202);
    let lines = all["request"]["lines"].as_array().unwrap().len();
    assert_each_eq!((lines, attached.len()), (all["outcomes"].as_array().unwrap().len(), attached.len()));
    // The conditions of the event and of an updated event reward count toward the same limit.
    let (larger, reward) = (app.campaign(json!({})).await, app.points(5).await);
    let external = |name: &str| super::external_checks::checks(name, 62);
    app.offer(&larger, &reward, json!({"per_user_limit": 50, "condition": external("a")})).await;
    let event = format!("/events/{larger}");
    app.operator().patch(&event, json!({"condition": external("b")})).await.invalid(&["condition"]);
    let offer = format!("{event}/rewards/{reward}");
    app.operator().patch(&offer, json!({"condition": null})).await.expect(200);
    app.operator().patch(&event, json!({"condition": external("b")})).await.expect(200);
    app.operator().patch(&offer, json!({"condition": external("a")})).await.invalid(&["condition"]);
    app.finish().await;
}

#[tokio::test]
async fn operators_who_attach_at_once_do_not_pass_the_sum_together() {
    let app = TestApp::start().await;
    for round in 0..6 {
        let campaign = app.campaign(json!({})).await;
        let path = format!("/events/{campaign}/rewards");
        let rewards = [app.points(5).await, app.points(6).await, app.points(7).await];
        let attach = |reward: &String| {
            let terms = json!({"reward_id": reward, "per_user_limit": 30});
            app.operator().post(&path, terms).into_future()
        };
        let replies = join_all(rewards.iter().map(attach)).await;
        let mut statuses: Vec<u16> = replies.iter().map(|reply| reply.status).collect();
        statuses.sort_unstable();
        assert_eq!(statuses, [201, 400, 400], "round {round}");
        // The limit also holds when one operator attaches a reward while another one updates an attached one.
        let first = replies.iter().position(|reply| reply.status == 201).unwrap();
        let limit = |limit: u32| json!({"per_user_limit": limit});
        let offer = format!("{path}/{}", rewards[first]);
        let other = json!({"reward_id": rewards[(first + 1) % 3], "per_user_limit": 20});
        let (attached, raised) = futures::join!(
            app.operator().post(&path, other).into_future(),
            app.operator().patch(&offer, limit(40)).into_future()
        );
        assert!(
            matches!((attached.status, raised.status), (201, 400) | (400, 200)),
            "round {round}: {} {}",
            attached.status,
            raised.status
        );
    }
    app.finish().await;
}

#[tokio::test]
async fn invalid_event_reward_is_refused() {
    let app = TestApp::start().await;
    let (campaign, reward, pool) =
        (app.campaign(json!({})).await, app.points(5).await, app.pool(&["A"]).await);
    let path = format!("/events/{campaign}/rewards");
    let post = |body: Value| app.operator().post(&path, body);
    post(json!({})).await.invalid(&["reward_id"]);
    let wrong =
        json!({"reward_id": "a b", "quantity": 0, "total_limit": 100_001, "per_user_limit": 101, "extra": 1});
    post(wrong).await.invalid(&["reward_id", "quantity", "total_limit", "per_user_limit", "extra"]);
    post(json!({"reward_id": pool, "quantity": 2, "total_limit": 5}))
        .await
        .invalid(&["quantity", "total_limit"]);
    let never = json!({"reward_id": reward, "valid_from": app.days_ago(1), "valid_until": app.days_ago(2)});
    post(never).await.invalid(&["valid_until"]);
    post(json!({"reward_id": "rwd_none"})).await.refused(404, "NOT_FOUND");
    let nowhere = app.operator().post("/events/cmp_none/rewards", json!({"reward_id": reward})).await;
    nowhere.refused(404, "NOT_FOUND");
    bodies_are_checked(&app, "POST", &path, 64).await;
    guarded(&app, "POST", &path, &["user", "auditor"]).await;
    app.finish().await;
}

#[tokio::test]
async fn deleted_event_is_not_found_although_it_had_the_reward() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"all": []})).await;
    let offers = format!("/events/{campaign}/rewards");
    let key = "attached before";
    let other = app.points(5).await;
    let attach = |reward: &str| app.operator().post(&offers, json!({"reward_id": reward}));
    let operator = app.operator();
    let once = || operator.post(&offers, json!({"reward_id": other})).key(key);
    let first = once().await.expect(201);
    app.admin().delete(&format!("/events/{campaign}")).await.refused(409, "EVENT_CLOSING");
    app.pass_seconds(15);
    app.admin().delete(&format!("/events/{campaign}")).await.expect(204);
    attach(&reward).await.refused(404, "NOT_FOUND");
    attach(&app.points(5).await).await.refused(404, "NOT_FOUND");
    assert_eq!(once().await.expect(201), first, "a repeat gives the first success");
    app.finish().await;
}
