//! Tests of `POST /queues`, which creates a waiting room.

use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{bodies_are_checked, guarded};

#[tokio::test]
async fn omitted_fields_of_a_queue_get_defaults() {
    let app = TestApp::start().await;
    let body = json!({"name": "Doors", "capacity": 50, "admissions_per_second": 0.25});
    let made = app.operator().post("/queues", body).await.snapshot(201);
    let expected = json!({
        "id": made["id"], "name": "Doors", "status": "open", "capacity": 50, "admissions_per_second": 0.25,
        "token_seconds": 600, "no_show_seconds": 60, "joins_per_second": 1000, "created_at": made["created_at"],
    });
    assert_eq!(made, expected);
    assert!(made["id"].as_str().unwrap().starts_with("que_"), "{made}");
    let body = json!({
        "name": "Gate", "capacity": 1, "admissions_per_second": 10_000, "token_seconds": 10, "no_show_seconds": 5,
        "joins_per_second": 100_000,
    });
    let made = app.admin().post("/queues", body.clone()).await.expect(201);
    for (name, value) in body.as_object().unwrap() {
        assert_eq!(made[name].as_f64(), value.as_f64(), "{name}");
    }
    app.finish().await;
}

#[tokio::test]
async fn invalid_queue_is_refused() {
    let app = TestApp::start().await;
    let usual = json!({"name": "Doors", "capacity": 5, "admissions_per_second": 1});
    let with = |field: &str, value: Value| {
        let mut body = usual.clone();
        body[field] = value;
        body
    };
    for (field, values) in [
        ("name", vec![json!(""), json!("x".repeat(201)), json!(5), json!(null)]),
        ("capacity", vec![json!(0), json!(100_001), json!(1.5), json!("five")]),
        ("admissions_per_second", vec![json!(0), json!(0.0001), json!(10_001), json!(-1)]),
        ("token_seconds", vec![json!(9), json!(86_401)]),
        ("no_show_seconds", vec![json!(4), json!(86_401)]),
        ("joins_per_second", vec![json!(0), json!(100_001)]),
        ("colour", vec![json!("red")]),
    ] {
        for value in values {
            app.operator().post("/queues", with(field, value)).await.invalid(&[field]);
        }
    }
    app.operator().post("/queues", json!({})).await.invalid(&["name", "capacity", "admissions_per_second"]);
    bodies_are_checked(&app, "POST", "/queues", 64).await;
    guarded(&app, "POST", "/queues", &["user", "auditor"]).await;
    app.finish().await;
}

#[tokio::test]
async fn repeat_with_the_same_key_makes_one_queue() {
    let app = TestApp::start().await;
    let operator = app.operator();
    let body = json!({"name": "Doors", "capacity": 5, "admissions_per_second": 1});
    let first = operator.post("/queues", body.clone()).key("k").await.expect(201);
    assert_eq!(operator.post("/queues", body.clone()).key("k").await.expect(201), first);
    let other = json!({"name": "Gate", "capacity": 5, "admissions_per_second": 1});
    operator.post("/queues", other).key("k").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    assert_ne!(app.operator().post("/queues", body).key("k").await.expect(201)["id"], first["id"]);
    assert_eq!(operator.get("/queues").await.expect(200).as_array().unwrap().len(), 2);
    app.finish().await;
}
