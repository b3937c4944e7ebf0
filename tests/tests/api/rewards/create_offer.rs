//! POST /events/{event_id}/rewards

use dibs_tests::harness::TestApp;
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
    let made = app.operator().post(&path, terms.clone()).await.expect(201);
    for (name, value) in terms.as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }
    assert_eq!(
        (&made["event_id"], &made["type"], &made["points"]),
        (&json!(campaign), &json!("POINT"), &json!(5))
    );
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
async fn what_is_wrong_is_refused() {
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
