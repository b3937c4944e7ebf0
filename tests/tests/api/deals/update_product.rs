//! Tests of `PATCH /products/{product_id}`, which updates a product.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::ids::ProductId;
use domain::products::Product;
use serde_json::{Value, json};
use store::Saved;

use super::{bodies_are_checked, guarded};

#[tokio::test]
async fn given_fields_of_a_product_change() {
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
    app.anonymous().get(&path).await.refused(404, "NOT_FOUND");
    assert_eq!(operator.get(&path).await.expect(200), after);
    assert!(after["updated_at"].as_str() >= before["updated_at"].as_str());
    let again = app.admin().patch(&path, json!({"status": "active"})).await.expect(200);
    assert_each_eq!((again["status"], "active"), (again["price"], 1));
    app.finish().await;
}

#[tokio::test]
async fn product_with_an_open_deal_stays_active_and_dearer_than_it() {
    let app = TestApp::start().await;
    let product = app.product(json!({})).await;
    let deal = app.deal(json!({"product_id": product})).await;
    let (operator, path) = (app.operator(), format!("/products/{product}"));
    let before = operator.get(&path).await.expect(200);
    for changes in [
        json!({"status": "deleted"}),
        json!({"status": "inactive"}),
        json!({"price": 29_900}),
        json!({"price": 5_000, "name": "Tree"}),
    ] {
        let error = operator.patch(&path, changes).await.refused(409, "PRODUCT_HAS_DEALS");
        assert_eq!(error["details"], json!({"deals": [deal]}));
    }
    assert_eq!(operator.get(&path).await.expect(200), before, "nothing of it is changed");
    assert_eq!(operator.patch(&path, json!({"price": 29_901})).await.expect(200)["price"], 29_901);
    // The deal has ended by the clock, and no longer restricts the price of its product.
    app.pass_seconds(3_600);
    assert_eq!(app.operator().patch(&path, json!({"price": 5_000})).await.expect(200)["price"], 5_000);
    app.finish().await;
}

#[tokio::test]
async fn product_is_deleted_once_its_deals_are_canceled() {
    let app = TestApp::start().await;
    let product = app.product(json!({})).await;
    let (operator, path) = (app.operator(), format!("/products/{product}"));
    let cancel = async |deal: &str| {
        operator.patch(&format!("/timedeals/{deal}"), json!({"status": "canceled"})).await.expect(200);
    };
    let deals = [
        app.deal(json!({"product_id": product})).await,
        app.deal(json!({"product_id": product, "start_at": app.days_ago(-1), "end_at": app.days_ago(-2)}))
            .await,
    ];
    cancel(&deals[0]).await;
    let error = operator.patch(&path, json!({"status": "deleted"})).await.refused(409, "PRODUCT_HAS_DEALS");
    assert_eq!(error["details"], json!({"deals": [deals[1]]}));
    cancel(&deals[1]).await;
    let deleted = operator.patch(&path, json!({"status": "deleted"})).await.expect(200);
    assert_eq!(deleted["status"], "deleted");
    operator.patch(&path, json!({"status": "active"})).await.refused(404, "NOT_FOUND");
    operator.get(&path).await.refused(404, "NOT_FOUND");
    assert_eq!(app.deal_now(&deals[0]).await["product"]["name"], "Cat tree", "what was offered");
    app.finish().await;
}

/// Stores the product as an earlier version did, without a register of its deals.
async fn without_register(app: &TestApp, product: &str) {
    let id = ProductId::parse(product).unwrap();
    let there = app.app().store().get_product(&id).await.unwrap();
    let old = Product { deals: None, version: there.version + 1, ..there };
    assert_eq!(app.app().store().save_product(&old).await.unwrap(), Saved::Done);
}

#[tokio::test]
async fn product_without_a_register_finds_its_open_deals() {
    let app = TestApp::start().await;
    let product = app.product(json!({})).await;
    let (operator, path) = (app.operator(), format!("/products/{product}"));
    let deal = app.deal(json!({"product_id": product})).await;
    app.deal(json!({})).await;
    without_register(&app, &product).await;
    let error = operator.patch(&path, json!({"status": "deleted"})).await.refused(409, "PRODUCT_HAS_DEALS");
    assert_eq!(error["details"], json!({"deals": [deal]}), "whoever changes the product");
    let second = app.deal(json!({"product_id": product})).await;
    let both = |error: &Value| error["details"]["deals"].as_array().map(Vec::len);
    let error = operator.patch(&path, json!({"status": "deleted"})).await.refused(409, "PRODUCT_HAS_DEALS");
    assert_eq!(both(&error), Some(2), "whoever makes a deal");
    without_register(&app, &product).await;
    operator.patch(&format!("/timedeals/{second}"), json!({"end_at": app.days_ago(-9)})).await.expect(200);
    let error = operator.patch(&path, json!({"status": "deleted"})).await.refused(409, "PRODUCT_HAS_DEALS");
    assert_eq!(both(&error), Some(2), "whoever changes a deal");
    app.finish().await;
}

#[tokio::test]
async fn deal_of_a_product_without_a_register_makes_one() {
    let app = TestApp::start().await;
    let product = app.product(json!({})).await;
    app.deal(json!({})).await;
    without_register(&app, &product).await;
    let deal = app.deal(json!({"product_id": product})).await;
    let path = format!("/products/{product}");
    let error =
        app.operator().patch(&path, json!({"status": "deleted"})).await.refused(409, "PRODUCT_HAS_DEALS");
    assert_eq!(error["details"], json!({"deals": [deal]}));
    app.finish().await;
}

#[tokio::test]
async fn orders_of_a_large_deal_are_canceled_with_it() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 100_000})).await;
    let user = app.user();
    let order = user.post("/orders", json!({"time_deal_id": deal})).await.expect(201);
    let id = order["id"].as_str().unwrap_or_default().to_owned();
    app.operator().patch(&format!("/timedeals/{deal}"), json!({"status": "canceled"})).await.expect(200);
    // Messages that an earlier version sent are handled, too.
    let deal_id = domain::ids::DealId::parse(&deal).expect("a deal's id");
    let of_before = domain::messages::CloseOrders::OfDeal { deal_id, from: 0, to: None };
    app.app().store().send(&store::schema::ORDERS, &[of_before], 0).await.expect("it is sent");
    app.settle().await;
    assert_eq!(user.get(&format!("/orders/{id}")).await.expect(200)["status"], "canceled");
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
