//! Tests of `POST /rewards/{reward_id}/codes`, which adds codes to a pool.

use dibs_tests::assert_each_eq;
use std::collections::BTreeSet;

use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{bodies_are_checked, guarded};

#[tokio::test]
async fn duplicates_are_reported_and_not_stored() {
    let app = TestApp::start().await;
    let reward = app.pool(&["A", "B"]).await;
    let post =
        |codes: Value| app.operator().post(&format!("/rewards/{reward}/codes"), json!({ "codes": codes }));
    let added = post(json!(["B", "C", "D", "C"])).await.expect(201);
    assert_eq!(added["added"], 2);
    let duplicates: BTreeSet<&str> =
        added["duplicates"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    assert_eq!(duplicates, BTreeSet::from(["B", "C"]));
    assert_eq!(post(json!(["A", "B", "C", "D"])).await.expect(201)["added"], 0);
    app.finish().await;
}

#[tokio::test]
async fn thousands_of_codes_are_added_in_one_call() {
    let app = TestApp::start().await;
    let reward = app.reward("coupon", json!({"pool": true, "expected_codes": 10_000})).await;
    let path = format!("/rewards/{reward}/codes");
    let codes: Vec<String> = (0..3_000).map(|number| format!("CODE-{number:05}")).collect();
    let added = app.operator().post(&path, json!({ "codes": codes })).await.snapshot(201);
    assert_each_eq!((added["added"], 3_000), (added["duplicates"], json!([])));
    let again = app.operator().post(&path, json!({ "codes": codes })).await.expect(201);
    assert_each_eq!((again["added"], 0), (again["duplicates"].as_array().unwrap().len(), 3_000));
    app.finish().await;
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer() {
    let app = TestApp::start().await;
    let reward = app.pool(&["A"]).await;
    let operator = app.operator();
    let post =
        |codes: Value| operator.post(&format!("/rewards/{reward}/codes"), json!({ "codes": codes })).key("k");
    let first = post(json!(["A", "B"])).await.expect(201);
    assert_eq!(first, json!({"added": 1, "duplicates": ["A"]}));
    assert_eq!(post(json!(["A", "B"])).await.expect(201), first);
    post(json!(["C"])).await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    app.finish().await;
}

#[tokio::test]
async fn invalid_codes_are_refused() {
    let app = TestApp::start().await;
    let (pool, points) = (app.pool(&["A"]).await, app.points(5).await);
    let coupon = app.reward("coupon", json!({"coupon_code": "X"})).await;
    let path = format!("/rewards/{pool}/codes");
    let post = |body: Value| app.operator().post(&path, body);
    post(json!({})).await.invalid(&["codes"]);
    post(json!({"codes": []})).await.invalid(&["codes"]);
    post(json!({"codes": ["A", "", "B C", 5], "pool": "x"}))
        .await
        .invalid(&["codes[1]", "codes[2]", "codes[3]", "pool"]);
    post(json!({"codes": vec!["A"; 10_001]})).await.invalid(&["codes"]);
    for other in [points, coupon] {
        app.operator()
            .post(&format!("/rewards/{other}/codes"), json!({"codes": ["A"]}))
            .await
            .refused(409, "CONFLICT");
    }
    app.operator().post("/rewards/rwd_none/codes", json!({"codes": ["A"]})).await.refused(404, "NOT_FOUND");
    bodies_are_checked(&app, "POST", &path, 1024).await;
    guarded(&app, "POST", &path, &["user", "auditor"]).await;
    app.finish().await;
}
