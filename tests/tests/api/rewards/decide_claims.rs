//! Tests of `PATCH /events/requests`, which reviews several requests.

use dibs_tests::harness::{Caller, TestApp};
use serde_json::{Value, json};

use super::{bodies_are_checked, guarded};

#[tokio::test]
async fn outcome_is_given_for_each_request() {
    let app = TestApp::start().await;
    let (manual, reward) = app.event_with(json!({"review": "manual"}), json!({})).await;
    let (auto, auto_reward) = app.event(json!({"all": []})).await;
    let users: Vec<Caller> = (0..3).map(|_| app.user()).collect();
    let mut ids = Vec::new();
    for user in &users {
        ids.push(user.claim(&manual, &reward).await.expect(202)["id"].clone());
    }
    ids.push(app.user().claim(&auto, &auto_reward).await.expect(202)["id"].clone());
    ids.push(json!("usr_none:cmp_none"));
    ids.push(json!("nonsense"));
    app.settle().await;
    let body = json!({"ids": ids, "action": "approve", "reason": "all fine"});
    let outcomes = app.operator().patch("/events/requests", body).await.snapshot(200);
    let found: Vec<&str> = outcomes
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["status"].as_str().or(one["error"]["code"].as_str()).unwrap())
        .collect();
    assert_eq!(found, ["approved", "approved", "approved", "NOT_IN_REVIEW", "NOT_FOUND", "NOT_FOUND"]);
    let named: Vec<&Value> = outcomes.as_array().unwrap().iter().map(|one| &one["id"]).collect();
    assert_eq!(named, ids.iter().collect::<Vec<_>>());
    for user in &users {
        assert_eq!(app.request(user, &manual).await["status"], "granted");
    }
    app.finish().await;
}

#[tokio::test]
async fn hundred_requests_are_decided_in_one_call() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({"review": "manual"}), json!({})).await;
    let mut ids = Vec::new();
    for _ in 0..100 {
        ids.push(app.user().claim(&campaign, &reward).await.expect(202)["id"].clone());
    }
    let body = json!({"ids": ids, "action": "reject", "reason": "over", "reward_ids": [reward]});
    let outcomes = app.operator().patch("/events/requests", body).await.expect(200);
    assert!(outcomes.as_array().unwrap().iter().all(|one| one["status"] == "rejected"));
    app.finish().await;
}

#[tokio::test]
async fn invalid_decisions_are_refused() {
    let app = TestApp::start().await;
    let patch = |body: Value| app.operator().patch("/events/requests", body);
    patch(json!({})).await.invalid(&["ids", "action", "reason"]);
    patch(json!({"ids": [], "action": "x", "reason": "r".repeat(201), "y": 1}))
        .await
        .invalid(&["ids", "action", "reason", "y"]);
    patch(json!({"ids": vec!["a"; 101], "action": "approve", "reason": "r"})).await.invalid(&["ids"]);
    patch(json!({"ids": ["a", 5], "action": "approve", "reason": "r"})).await.invalid(&["ids[1]"]);
    let seen = json!([{"id": "a", "version": -1, "x": 1}]);
    patch(json!({"ids": seen, "action": "approve", "reason": "r"}))
        .await
        .invalid(&["ids[0].version", "ids[0].x"]);
    bodies_are_checked(&app, "PATCH", "/events/requests", 64).await;
    guarded(&app, "PATCH", "/events/requests", &["user", "auditor"]).await;
    app.finish().await;
}
