//! Tests of `POST /timedeals`, which creates a deal.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{bodies_are_checked, guarded, queue};

fn merged(mut usual: Value, fields: Value) -> Value {
    for (name, value) in fields.as_object().unwrap() {
        usual[name] = value.clone();
    }
    usual
}

#[tokio::test]
async fn omitted_fields_of_a_deal_get_defaults() {
    let app = TestApp::start().await;
    let product = app.product(json!({"price": 45_000, "description": "Tall"})).await;
    let least = json!({
        "product_id": product, "deal_price": 29_900, "stock_quantity": 100,
        "start_at": app.days_ago(-1), "end_at": app.days_ago(-2),
    });
    let made = app.operator().post("/timedeals", least.clone()).await.snapshot(201);
    assert!(made["id"].as_str().is_some_and(|id| id.starts_with("tdl_")));
    let embedded = json!({
        "id": product, "name": "Cat tree", "description": "Tall", "price": 45_000, "image_url": null,
        "thumbnail_url": null, "category": "living",
    });
    assert_eq!(made["product"], embedded);
    let expected = json!({
        "original_price": 45_000, "discount_rate": 34, "reserved_quantity": 0, "sold_quantity": 0,
        "available_quantity": 100, "status": "scheduled", "hold_seconds": 300, "queue_id": null,
        "product_id": product, "updated_at": made["created_at"],
    });
    for (name, value) in expected.as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }
    let queue = queue(&app).await;
    let rest = json!({
        "original_price": 60_000, "start_at": app.days_ago(1), "hold_seconds": 10, "queue_id": queue,
        "stock_quantity": 100_000,
    });
    let made = app.admin().post("/timedeals", merged(least, rest.clone())).await.expect(201);
    for (name, value) in rest.as_object().unwrap() {
        assert_eq!(&made[name], value, "{name}");
    }
    assert_each_eq!((made["status"], "active"), (made["discount_rate"], 50));
    app.finish().await;
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let product = app.product(json!({})).await;
    let post = |body: Value| app.operator().post("/timedeals", body);
    let required = ["product_id", "deal_price", "stock_quantity", "start_at", "end_at"];
    post(json!({})).await.invalid(&required);
    let types = json!({
        "product_id": "#", "original_price": 1.5, "deal_price": "29900", "stock_quantity": true,
        "start_at": "tomorrow", "end_at": 5, "hold_seconds": 9, "queue_id": "#", "colour": "red",
    });
    let optional = ["original_price", "hold_seconds", "queue_id", "colour"];
    post(types).await.invalid(&[required.as_slice(), &optional].concat());
    let (now, later) = (app.now(), app.days_ago(-1));
    let good = json!({
        "product_id": product, "original_price": 45_000, "deal_price": 29_900, "stock_quantity": 1,
        "start_at": now, "end_at": later,
    });
    // All violated rules are reported at once, whatever data they check.
    for number in [json!(0), json!(-1), json!(-1e30)] {
        let rules = json!({
            "product_id": "prd_none", "original_price": number, "deal_price": number, "stock_quantity": number,
            "end_at": now, "queue_id": "que_none",
        });
        let fields = ["product_id", "original_price", "deal_price", "stock_quantity", "end_at", "queue_id"];
        post(merged(good.clone(), rules)).await.invalid(&fields);
    }
    for (fields, wrong) in [
        (json!({"deal_price": 45_000}), "deal_price"),
        (json!({"original_price": null, "deal_price": 45_000}), "deal_price"),
        (json!({"original_price": 100_000_001}), "original_price"),
        (json!({"stock_quantity": 100_001}), "stock_quantity"),
        (json!({"stock_quantity": 10_000_000_000_i64}), "stock_quantity"),
        (json!({"end_at": app.days_ago(1)}), "end_at"),
        (json!({"queue_id": "que_none"}), "queue_id"),
    ] {
        post(merged(good.clone(), fields)).await.invalid(&[wrong]);
    }
    post(good).await.expect(201);
    bodies_are_checked(&app, "POST", "/timedeals", 64).await;
    app.finish().await;
}

#[tokio::test]
async fn a_deal_is_of_a_product_that_is_active() {
    let app = TestApp::start().await;
    let hidden = app.product(json!({"status": "inactive"})).await;
    let gone = app.product(json!({})).await;
    app.operator().patch(&format!("/products/{gone}"), json!({"status": "deleted"})).await.expect(200);
    for product in [json!(hidden), json!(gone), json!("prd_none"), json!(7)] {
        let new = json!({
            "product_id": product, "deal_price": 1, "stock_quantity": 1,
            "start_at": app.now(), "end_at": app.days_ago(-1),
        });
        app.operator().post("/timedeals", new).await.invalid(&["product_id"]);
    }
    app.finish().await;
}

#[tokio::test]
async fn deal_is_cheaper_than_its_product_and_ends_in_the_future() {
    let app = TestApp::start().await;
    let product = app.product(json!({"price": 5_000})).await;
    let good = json!({
        "product_id": product, "original_price": 10_000, "deal_price": 4_999, "stock_quantity": 1,
        "start_at": app.days_ago(9), "end_at": app.now().plus_seconds(1),
    });
    let post = |fields: Value| app.operator().post("/timedeals", merged(good.clone(), fields));
    for price in [5_000, 9_000] {
        post(json!({"deal_price": price})).await.invalid(&["deal_price"]);
    }
    for end in [app.now(), app.days_ago(1)] {
        post(json!({"end_at": end})).await.invalid(&["end_at"]);
    }
    let made = post(json!({})).await.expect(201);
    assert_each_eq!((made["status"], "active"), (made["discount_rate"], 50));
    // The price is also validated when the deal is updated.
    let later = json!({"start_at": app.days_ago(-1), "end_at": app.days_ago(-2)});
    let scheduled = post(later).await.expect(201);
    let path = format!("/timedeals/{}", scheduled["id"].as_str().unwrap());
    app.operator().patch(&path, json!({"deal_price": 5_000})).await.invalid(&["deal_price"]);
    app.operator().patch(&path, json!({"deal_price": 4_000})).await.expect(200);
    let error = app.operator().patch(&format!("/products/{product}"), json!({"price": 4_500})).await;
    assert_eq!(error.refused(409, "PRODUCT_HAS_DEALS")["details"], json!({"deals": [made["id"]]}));
    app.finish().await;
}

#[tokio::test]
async fn product_has_at_most_a_hundred_open_deals() {
    let app = TestApp::start().await;
    let product = app.product(json!({})).await;
    let mut deals = Vec::new();
    for _ in 0..100 {
        deals.push(app.deal(json!({"product_id": product})).await);
    }
    let new = json!({
        "product_id": product, "deal_price": 1, "stock_quantity": 1,
        "start_at": app.now(), "end_at": app.days_ago(-1),
    });
    let error = app.operator().post("/timedeals", new.clone()).await.refused(409, "TOO_MANY_DEALS");
    assert_eq!(error["details"], json!({"product_id": product, "max": 100}));
    let cancel = json!({"status": "canceled"});
    app.operator().patch(&format!("/timedeals/{}", deals[0]), cancel).await.expect(200);
    app.operator().post("/timedeals", new).await.expect(201);
    app.finish().await;
}

#[tokio::test]
async fn same_key_gives_the_deal_after_its_product_was_deleted() {
    let app = TestApp::start().await;
    let (operator, product) = (app.operator(), app.product(json!({})).await);
    let new = json!({
        "product_id": product, "deal_price": 1, "stock_quantity": 1,
        "start_at": app.now(), "end_at": app.now().plus_seconds(60),
    });
    let first = operator.post("/timedeals", new.clone()).key("k").await.expect(201);
    app.pass_seconds(100);
    let path = format!("/products/{product}");
    operator.patch(&path, json!({"status": "deleted"})).await.expect(200);
    let again = operator.post("/timedeals", new).key("k").await.expect(201);
    assert_each_eq!((again["id"], first["id"]), (again["status"], "ended"));
    let changed = json!({"end_at": app.days_ago(-1)});
    let path = format!("/timedeals/{}", first["id"].as_str().unwrap());
    app.operator().patch(&path, changed).await.refused(409, "CONFLICT");
    app.finish().await;
}

#[tokio::test]
async fn deals_of_one_product_made_at_once_are_all_registered() {
    let app = TestApp::start().await;
    let product = app.product(json!({})).await;
    let new = json!({
        "product_id": product, "deal_price": 1, "stock_quantity": 1,
        "start_at": app.now(), "end_at": app.days_ago(-1),
    });
    let operator = app.operator();
    let calls = (0..4).map(|_| operator.post("/timedeals", new.clone()).into_future());
    for reply in futures::future::join_all(calls).await {
        reply.expect(201);
    }
    let gone = operator.patch(&format!("/products/{product}"), json!({"status": "deleted"})).await;
    let named = gone.refused(409, "PRODUCT_HAS_DEALS");
    assert_eq!(named["details"]["deals"].as_array().map(Vec::len), Some(4));
    app.finish().await;
}

#[tokio::test]
async fn the_same_key_gives_the_same_deal() {
    let app = TestApp::start().await;
    let (operator, product) = (app.operator(), app.product(json!({})).await);
    let (start, end) = (app.now(), app.days_ago(-1));
    let post = |stock: u32| {
        let new = json!({
            "product_id": product, "deal_price": 1, "stock_quantity": stock, "start_at": start, "end_at": end,
        });
        operator.post("/timedeals", new).key("k-1")
    };
    let first = post(5).await.expect(201);
    assert_eq!(post(5).await.expect(201)["id"], first["id"]);
    post(6).await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    assert_eq!(app.anonymous().get("/timedeals").await.json["meta"]["total"], 1);
    guarded(&app, "POST", "/timedeals", &["user", "auditor"]).await;
    app.finish().await;
}
