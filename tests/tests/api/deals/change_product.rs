//! PATCH /products/{product_id}

use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{bodies_are_checked, guarded};

#[tokio::test]
async fn what_is_given_is_changed() {
    let app = TestApp::start().await;
    let product = app.product(json!({"image_url": "https://example.com/1.png"})).await;
    let (operator, path) = (app.operator(), format!("/products/{product}"));
    let before = operator.patch(&path, json!({})).await.expect(200);
    assert_eq!(before["name"], "Cat tree");
    let changes = json!({
        "name": "Tree", "description": "Tall", "price": 1, "image_url": null, "category": "toy",
        "thumbnail_url": "https://example.com/s.png", "status": "inactive",
    });
    let after = operator.patch(&path, changes.clone()).await.expect(200);
    for (name, value) in changes.as_object().unwrap() {
        assert_eq!(&after[name], value, "{name}");
    }
    assert_eq!(app.anonymous().get(&path).await.expect(200), after);
    let again = app.admin().patch(&path, json!({"status": "active"})).await.expect(200);
    assert_eq!((&again["status"], &again["price"]), (&json!("active"), &json!(1)));
    app.finish().await;
}

#[tokio::test]
async fn what_is_deleted_is_gone_and_its_deals_go_on() {
    let app = TestApp::start().await;
    let product = app.product(json!({})).await;
    let deal = app.deal(json!({"product_id": product})).await;
    let (operator, path) = (app.operator(), format!("/products/{product}"));
    let deleted = operator.patch(&path, json!({"status": "deleted"})).await.expect(200);
    assert_eq!(deleted["status"], "deleted");
    operator.patch(&path, json!({"status": "active"})).await.refused(404, "NOT_FOUND");
    app.anonymous().get(&path).await.refused(404, "NOT_FOUND");
    let there = app.deal_now(&deal).await;
    assert_eq!((&there["status"], &there["product"]["name"]), (&json!("active"), &json!("Cat tree")));
    let longer = json!({"hold_seconds": 60});
    let changed = operator.patch(&format!("/timedeals/{deal}"), longer).await.expect(200);
    assert_eq!(changed["product"], there["product"]);
    app.finish().await;
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let product = app.product(json!({})).await;
    let path = format!("/products/{product}");
    let patch = |body: Value| app.operator().patch(&path, body);
    let wrong = json!({
        "name": null, "description": 1, "price": 0, "image_url": "x", "thumbnail_url": "", "category": null,
        "status": "sold", "id": "1",
    });
    patch(wrong).await.invalid(&[
        "name",
        "description",
        "price",
        "image_url",
        "thumbnail_url",
        "category",
        "status",
        "id",
    ]);
    app.operator().patch("/products/prd_none", json!({})).await.refused(404, "NOT_FOUND");
    bodies_are_checked(&app, "PATCH", &path, 64).await;
    guarded(&app, "PATCH", &path, &["user", "auditor"]).await;
    app.finish().await;
}
