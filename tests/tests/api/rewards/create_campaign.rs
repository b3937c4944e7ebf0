//! Tests of `POST /events`, which creates a campaign.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{bodies_are_checked, guarded};

fn festival() -> Value {
    json!({"name": "Festival", "starts_at": "2026-01-01T00:00:00Z", "ends_at": "2027-01-01T00:00:00+09:00"})
}

fn with(field: &str, value: Value) -> Value {
    let mut body = festival();
    body[field] = value;
    body
}

#[tokio::test]
async fn omitted_fields_of_an_event_get_defaults() {
    let app = TestApp::start().await;
    let operator = app.operator();
    let made = operator.post("/events", festival()).await.snapshot(201);
    assert!(made["id"].as_str().is_some_and(|id| id.starts_with("cmp_")));
    assert_each_eq!((made["status"], "draft"), (made["review"], "auto"), (made["time_zone"], "UTC"));
    assert_eq!(made["condition"], json!({"all": []}));
    assert_eq!(made["ends_at"], "2026-12-31T15:00:00.000Z");
    assert_eq!(made["created_by"], operator.id().as_str());
    let whole = json!({
        "name": "가을 축제", "description": "x".repeat(2000), "status": "active", "review": "manual",
        "time_zone": "Asia/Seoul", "starts_at": "2026-01-01T00:00:00.000Z", "ends_at": "2026-12-31T00:00:00.000Z",
        "condition": {"any": [{"count": {"type": "login", "at_least": 3}}, {"not": {"external": {"check": "vip"}}}]},
    });
    let made = app.admin().post("/events", whole.clone()).await.expect(201);
    for (name, value) in whole.as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }
    app.finish().await;
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let post = |body: Value| app.operator().post("/events", body);
    post(json!({})).await.invalid(&["name", "starts_at", "ends_at"]);
    let wrong =
        json!({"name": "", "starts_at": "tomorrow", "ends_at": 5, "status": "over", "review": 1, "prize": 1});
    post(wrong).await.invalid(&["name", "starts_at", "ends_at", "status", "review", "prize"]);
    let mut odd = with("time_zone", json!("Mars/Olympus"));
    odd["ends_at"] = odd["starts_at"].clone();
    post(odd).await.invalid(&["ends_at", "time_zone"]);
    post(with("name", json!("n".repeat(201)))).await.invalid(&["name"]);
    post(with("description", json!("d".repeat(2001)))).await.invalid(&["description"]);
    bodies_are_checked(&app, "POST", "/events", 64).await;
    app.finish().await;
}

#[tokio::test]
async fn a_condition_is_checked_when_it_is_saved() {
    let app = TestApp::start().await;
    let post = |condition: Value| app.operator().post("/events", with("condition", condition));
    let nested = |depth: usize| {
        (1..depth).fold(json!({"count": {"type": "login", "at_least": 1}}), |inner, _| json!({"not": inner}))
    };
    post(nested(8)).await.expect(201);
    post(nested(9)).await.invalid(&["condition"]);
    let wide = |leaves: usize| {
        let half = |count: usize| vec![json!({"quest_cleared": {"quest_id": "q"}}); count];
        json!({"all": [{"any": half(leaves / 2)}, {"any": half(leaves - leaves / 2)}]})
    };
    post(wide(61)).await.expect(201);
    post(wide(62)).await.invalid(&["condition"]);
    for condition in [
        json!({}),
        json!({"any": []}),
        json!({"all": {}}),
        json!({"count": {"type": "login"}}),
        json!({"count": {"type": "Login", "at_least": 1}}),
        json!({"count": {"type": "login", "at_least": 0}}),
        json!({"streak": {"type": "login", "days": 367}}),
        json!({"weather": "fine"}),
        json!({"not": {"not": {}}}),
        json!({"all": [], "any": [{"all": []}]}),
        json!("always"),
    ] {
        post(condition).await.refused(400, "VALIDATION_ERROR");
    }
    // This condition is nested more deeply than the JSON parser accepts.
    let deep = format!("{}1{}", "{\"not\":".repeat(5_000), "}".repeat(5_000));
    let body = format!("{{\"name\": \"n\", \"condition\": {deep}}}");
    let reply = app.operator().call("POST", "/events").raw("application/json", body).await;
    assert_eq!(reply.status, 400);
    app.finish().await;
}

#[tokio::test]
async fn the_same_key_gives_the_same_event() {
    let app = TestApp::start().await;
    let operator = app.operator();
    let first = operator.post("/events", festival()).key("k-1").await.expect(201);
    assert_eq!(operator.post("/events", festival()).key("k-1").await.expect(201), first);
    operator
        .post("/events", with("name", json!("Other")))
        .key("k-1")
        .await
        .refused(422, "IDEMPOTENCY_KEY_REUSED");
    // The same `Idempotency-Key` of another caller is another request.
    let others = app.operator().post("/events", festival()).key("k-1").await.expect(201);
    assert_ne!(others["id"], first["id"]);
    operator.post("/events", festival()).key("").await.invalid(&["Idempotency-Key"]);
    let listed = operator.get("/events").await.expect(200);
    assert_eq!(listed.as_array().unwrap().len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn event_is_created_by_operators_only() {
    let app = TestApp::start().await;
    guarded(&app, "POST", "/events", &["user", "auditor"]).await;
    app.finish().await;
}
