//! Tests of `POST /rewards/point`, `/rewards/item`, `/rewards/coupon` and `/rewards/badge`.

use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{bodies_are_checked, guarded};

#[tokio::test]
async fn reward_of_each_kind_has_a_form_of_its_own() {
    let app = TestApp::start().await;
    let until = app.days_ago(-9).to_string();
    for (kind, fields, shown) in [
        ("point", json!({"points": 100}), json!({"type": "POINT", "points": 100})),
        (
            "item",
            json!({"item_id": "sword", "quantity": 3}),
            json!({"type": "ITEM", "item_id": "sword", "quantity": 3}),
        ),
        ("item", json!({"item_id": 7, "quantity": 1}), json!({"item_id": "7"})),
        (
            "coupon",
            json!({"coupon_code": "HI", "expires_at": until}),
            json!({"type": "COUPON", "coupon_code": "HI", "pool": false, "expires_at": until}),
        ),
        ("coupon", json!({"pool": true, "expected_codes": 500}), json!({"type": "COUPON", "pool": true})),
        (
            "badge",
            json!({"badge_id": "hero", "fulfilment": "external"}),
            json!({"type": "BADGE", "badge_id": "hero", "fulfilment": "external"}),
        ),
    ] {
        let id = app.reward(kind, fields).await;
        assert!(id.starts_with("rwd_"));
        let read = app.operator().get(&format!("/rewards/{id}")).await.expect(200);
        for (name, value) in shown.as_object().unwrap() {
            assert_eq!(&read[name], value, "{kind} {name}");
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let post = |kind: &str, body: Value| app.operator().post(&format!("/rewards/{kind}"), body);
    post("point", json!({})).await.invalid(&["name", "points"]);
    post("point", json!({"name": "", "points": 0, "item_id": "a", "fulfilment": "x"})).await.invalid(&[
        "name",
        "points",
        "item_id",
        "fulfilment",
    ]);
    post("point", json!({"name": "n", "points": 1.5})).await.invalid(&["points"]);
    post("item", json!({"name": "n", "item_id": "a b", "quantity": 1_000_001}))
        .await
        .invalid(&["item_id", "quantity"]);
    post("badge", json!({"name": 5})).await.invalid(&["name", "badge_id"]);
    for body in [
        json!({"name": "n"}),
        json!({"name": "n", "coupon_code": "A", "pool": true}),
        json!({"name": "n", "coupon_code": "A B"}),
    ] {
        post("coupon", body).await.invalid(&["coupon_code"]);
    }
    post("coupon", json!({"name": "n", "coupon_code": "A", "expected_codes": 5}))
        .await
        .invalid(&["expected_codes"]);
    let over = json!({"name": "n", "coupon_code": "A", "expires_at": app.days_ago(1)});
    post("coupon", over).await.invalid(&["expires_at"]);
    for kind in ["point", "item", "coupon", "badge"] {
        bodies_are_checked(&app, "POST", &format!("/rewards/{kind}"), 64).await;
    }
    app.finish().await;
}

#[tokio::test]
async fn the_same_key_gives_the_same_reward() {
    let app = TestApp::start().await;
    let operator = app.operator();
    let post = |kind: &str, body: Value| operator.post(&format!("/rewards/{kind}"), body).key("k");
    let body = json!({"name": "n", "points": 5});
    let first = post("point", body.clone()).await.expect(201);
    assert_eq!(post("point", body).await.expect(201), first);
    post("point", json!({"name": "n", "points": 6})).await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    // The kind of the reward is part of the request fingerprint.
    post("badge", json!({"name": "n", "badge_id": "b"})).await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    app.finish().await;
}

#[tokio::test]
async fn reward_is_created_by_operators_only() {
    let app = TestApp::start().await;
    for kind in ["point", "item", "coupon", "badge"] {
        guarded(&app, "POST", &format!("/rewards/{kind}"), &["user", "auditor"]).await;
    }
    app.admin().post("/rewards/badge", json!({"name": "n", "badge_id": "b"})).await.expect(201);
    app.finish().await;
}
