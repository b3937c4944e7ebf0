//! Calls of events, rewards, activities and requests.

use crate::harness::TestApp;
use serde_json::{Value, json};

use super::recorder::Recording;

fn id(created: &Value) -> String {
    created["id"].as_str().expect("what is created has an id").to_owned()
}

fn event(review: &str) -> Value {
    json!({
        "name": "Three days in a row", "description": "Sign in on three days in a row.",
        "condition": {"streak": {"type": "login", "days": 3}}, "time_zone": "Asia/Seoul",
        "starts_at": "2026-11-01T00:00:00Z", "ends_at": "2026-12-31T00:00:00Z", "status": "active", "review": review,
    })
}

/// Calls each operation that defines events: rewards, events, and the terms on which an event gives a reward.
pub async fn rewards(app: &TestApp, examples: &mut Recording) {
    let (operator, admin) = (app.operator(), app.admin());
    let point = json!({"name": "100 points", "points": 100});
    let point = id(&examples.call(&operator, "POST", "/rewards/point", point).await);
    app.pass_millis(5);
    let item = json!({"name": "Three potions", "item_id": "potion", "quantity": 3});
    examples.call(&operator, "POST", "/rewards/item", item).await;
    app.pass_millis(5);
    let coupon = json!({"name": "Winter coupon", "pool": true, "expected_codes": 100});
    let coupon = id(&examples.call(&operator, "POST", "/rewards/coupon", coupon).await);
    app.pass_millis(5);
    let badge = json!({"name": "Early bird", "badge_id": "early-bird"});
    examples.call(&operator, "POST", "/rewards/badge", badge).await;
    let codes = json!({"codes": ["WINTER-0001", "WINTER-0002", "WINTER-0002"]});
    examples.call(&operator, "POST", &format!("/rewards/{coupon}/codes"), codes).await;
    examples.call(&operator, "GET", "/rewards?limit=10", Value::Null).await;
    examples.call(&operator, "GET", &format!("/rewards/{point}"), Value::Null).await;
    let made = id(&examples.call(&operator, "POST", "/events", event("auto")).await);
    let path = format!("/events/{made}");
    examples.call(&operator, "PATCH", &path, json!({"name": "Three days", "queue_id": null})).await;
    examples.call(&operator, "GET", &path, Value::Null).await;
    examples.call(&operator, "GET", "/events?status=active", Value::Null).await;
    let terms = json!({"reward_id": point, "total_limit": 1000, "per_user_limit": 2});
    examples.call(&operator, "POST", &format!("{path}/rewards"), terms).await;
    examples.call(&operator, "PATCH", &format!("{path}/rewards/{point}"), json!({"total_limit": 2000})).await;
    examples.call(&operator, "GET", &format!("{path}/rewards"), Value::Null).await;
    examples.send(operator.delete(&format!("{path}/rewards/{point}")), Value::Null).await;
    admin.delete(&path).await.refused(409, "EVENT_CLOSING");
    app.pass_seconds(15);
    examples.send(admin.delete(&path), Value::Null).await;
}

/// Calls each operation on activities, requests, the points ledger and the inventory.
pub async fn requests(app: &TestApp, examples: &mut Recording) {
    let (operator, user) = (app.operator(), app.user());
    let login = |day: u32| {
        json!({
            "user_id": user.id(), "type": "login", "activity_id": format!("login-{day}"),
            "occurred_at": format!("2026-11-{day}T03:00:00Z"),
        })
    };
    let activities = json!({"activities": [login(28), login(29), login(30)]});
    examples.call(&operator, "POST", "/activities", activities).await;
    app.settle().await;
    // Ids are random without an `Idempotency-Key`, so each of these requests has one.
    let made = |key: &str, path: &str, body: Value| operator.post(path, body).header("idempotency-key", key);
    let point =
        id(&made("a", "/rewards/point", json!({"name": "100 points", "points": 100})).await.expect(201));
    let badge_body = json!({"name": "Early bird", "badge_id": "early-bird"});
    let badge = id(&made("b", "/rewards/badge", badge_body).await.expect(201));
    let event_id = id(&made("c", "/events", event("auto")).await.expect(201));
    let reviewed = id(&made("d", "/events", event("manual")).await.expect(201));
    for (event, reward) in [(&event_id, &point), (&event_id, &badge), (&reviewed, &badge)] {
        let terms = json!({"reward_id": reward, "per_user_limit": 2});
        made(&format!("{event}{reward}"), &format!("/events/{event}/rewards"), terms).await.expect(201);
    }
    let path = format!("/events/{event_id}");
    examples.call(&user, "POST", &format!("{path}/evaluate"), json!({})).await;
    examples.call(&user, "POST", &format!("{path}/requests/{point}"), Value::Null).await;
    examples.call(&user, "POST", &format!("/events/{reviewed}/requests"), Value::Null).await;
    user.claim(&event_id, &badge).header("idempotency-key", "e").await.expect(202);
    app.settle().await;
    let other = app.user();
    let login_of_other = |day: u32| {
        let mut one = login(day);
        one["user_id"] = json!(other.id());
        one
    };
    let again = json!({"activities": [login_of_other(28), login_of_other(29), login_of_other(30)]});
    operator.post("/activities", again).await.expect(201);
    app.settle().await;
    other.claim(&reviewed, &badge).header("idempotency-key", "f").await.expect(202);
    app.settle().await;
    let request = format!("{}:{reviewed}", user.id());
    let decision =
        json!({"action": "approve", "reason": "The activities were checked.", "message": "Well done!"});
    examples.call(&operator, "PATCH", &format!("/events/requests/{request}"), decision).await;
    let decisions = json!({
        "ids": [format!("{}:{reviewed}", other.id()), request], "action": "reject", "reason": "A second account.",
    });
    examples.call(&operator, "PATCH", "/events/requests", decisions).await;
    app.settle().await;
    examples.call(&operator, "GET", &format!("/events/requests/{request}"), Value::Null).await;
    examples.call(&operator, "GET", &format!("/events/requests?event_id={event_id}"), Value::Null).await;
    examples.call(&user, "GET", "/events/requests/mine", Value::Null).await;
    examples.call(&user, "GET", "/activities/mine", Value::Null).await;
    examples.call(&user, "GET", "/inventory", Value::Null).await;
    examples.call(&user, "GET", "/points/ledger", Value::Null).await;
}
