//! Tests of `POST /products`, which creates a product.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{bodies_are_checked, guarded};

#[tokio::test]
async fn omitted_fields_of_a_product_get_defaults() {
    let app = TestApp::start().await;
    let new = json!({"name": "Cat tree", "price": 45_000, "category": "living"});
    let made = app.operator().post("/products", new).await.snapshot(201);
    assert!(made["id"].as_str().is_some_and(|id| id.starts_with("prd_")));
    assert_each_eq!((made["description"], ""), (made["status"], "active"), (made["image_url"], Value::Null));
    let whole = json!({
        "name": "캣타워", "description": "x".repeat(2000), "price": 100_000_000, "category": "toy",
        "image_url": "https://example.com/1.png", "thumbnail_url": "http://example.com/s/1.png",
        "status": "inactive",
    });
    let made = app.admin().post("/products", whole.clone()).await.expect(201);
    for (name, value) in whole.as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }
    app.finish().await;
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let post = |body: Value| app.operator().post("/products", body);
    post(json!({})).await.invalid(&["name", "price", "category"]);
    let wrong = json!({
        "name": "", "description": "x".repeat(2001), "price": 0, "category": "cars", "status": "deleted",
        "image_url": "javascript:alert(1)", "thumbnail_url": "1.png", "colour": "red",
    });
    post(wrong).await.invalid(&[
        "name",
        "description",
        "price",
        "category",
        "status",
        "image_url",
        "thumbnail_url",
        "colour",
    ]);
    for price in [json!(-1), json!(1.5), json!("45000"), json!(100_000_001)] {
        post(json!({"name": "n", "price": price, "category": "toy"})).await.invalid(&["price"]);
    }
    bodies_are_checked(&app, "POST", "/products", 64).await;
    app.finish().await;
}

#[tokio::test]
async fn the_same_key_gives_the_same_product() {
    let app = TestApp::start().await;
    let operator = app.operator();
    let post = |name: &str| {
        operator.post("/products", json!({"name": name, "price": 1, "category": "toy"})).key("k-1")
    };
    let first = post("Ball").await.expect(201);
    app.pass_seconds(60);
    assert_eq!(post("Ball").await.expect(201), first);
    post("Mouse").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(app.anonymous().get("/products").await.expect(200), json!([first]));
    guarded(&app, "POST", "/products", &["user", "auditor"]).await;
    app.finish().await;
}
