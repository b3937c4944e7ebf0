//! Tests of `PATCH /timedeals/{deal_id}`, which updates a deal.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::ids::{DealId, ProductId};
use domain::products::{OpenDeal, Product};
use serde_json::{Value, json};
use store::Saved;

use super::{bodies_are_checked, guarded, queue};

#[tokio::test]
async fn given_fields_of_a_deal_change() {
    let app = TestApp::start().await;
    let (operator, product, queue) = (app.operator(), app.product(json!({})).await, queue(&app).await);
    let scheduled = json!({"product_id": product, "start_at": app.days_ago(-1), "end_at": app.days_ago(-2)});
    let deal = app.deal(scheduled).await;
    let path = format!("/timedeals/{deal}");
    operator.patch(&path, json!({})).await.snapshot(200);
    let changes = json!({
        "original_price": 50_000, "deal_price": 40_000, "start_at": app.days_ago(-3), "end_at": app.days_ago(-4),
        "hold_seconds": 60, "queue_id": queue,
    });
    let after = operator.patch(&path, changes.clone()).await.expect(200);
    for (name, value) in changes.as_object().unwrap() {
        assert_eq!(&after[name], value, "{name}");
    }
    assert_eq!(after["discount_rate"], 20);
    assert_eq!(app.anonymous().get(&path).await.expect(200)["queue_id"], after["queue_id"], "at once, here");
    // The deal shows its product as it was when the deal was last changed.
    operator.patch(&format!("/products/{product}"), json!({"name": "Tree"})).await.expect(200);
    assert_eq!(app.deal_now(&deal).await["product"]["name"], "Cat tree");
    let open = operator.patch(&path, json!({"queue_id": null})).await.expect(200);
    assert_each_eq!((open["queue_id"], Value::Null), (open["product"]["name"], "Tree"));
    app.finish().await;
}

#[tokio::test]
async fn started_deal_keeps_its_start_and_its_prices() {
    let app = TestApp::start().await;
    let (operator, deal) = (app.operator(), app.deal(json!({})).await);
    let path = format!("/timedeals/{deal}");
    for changes in
        [json!({"start_at": app.now()}), json!({"deal_price": 1}), json!({"original_price": 50_000})]
    {
        operator.patch(&path, changes).await.refused(409, "CONFLICT");
    }
    // An end in the past ends the deal at once, and a later end continues it.
    let status = async |end: Value| {
        let changed = operator.patch(&path, json!({"end_at": end})).await.expect(200);
        assert_eq!(app.deal_now(&deal).await["status"], changed["status"]);
        changed["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(json!(app.now())).await, "ended");
    assert_eq!(status(json!(app.days_ago(-1))).await, "active");
    app.finish().await;
}

#[tokio::test]
async fn deal_is_opened_again_only_where_its_product_has_room_for_it() {
    let app = TestApp::start().await;
    let product = app.product(json!({})).await;
    let deal = app
        .deal(json!({"product_id": product, "start_at": app.days_ago(2), "end_at": app.days_ago(1)}))
        .await;
    let (store, id) = (app.app().store(), ProductId::parse(&product).unwrap());
    let there = store.get_product(&id).await.unwrap();
    let open =
        |number: usize| OpenDeal { id: DealId::new(number), price: 1, ends_at: app.now().plus_seconds(60) };
    let full = Product { deals: Some((0..100).map(open).collect()), version: there.version + 1, ..there };
    assert_eq!(store.save_product(&full).await.unwrap(), Saved::Done);
    let again = || app.operator().patch(&format!("/timedeals/{deal}"), json!({"end_at": app.days_ago(-1)}));
    again().await.refused(409, "TOO_MANY_DEALS");
    app.pass_seconds(60);
    assert_eq!(again().await.expect(200)["status"], "active");
    app.finish().await;
}

#[tokio::test]
async fn canceled_deal_stays_canceled() {
    let app = TestApp::start().await;
    let operator = app.operator();
    let ended = json!({"start_at": app.days_ago(2), "end_at": app.days_ago(1)});
    let scheduled = json!({"start_at": app.days_ago(-1), "end_at": app.days_ago(-2)});
    for fields in [json!({}), ended, scheduled] {
        let deal = app.deal(fields).await;
        let path = format!("/timedeals/{deal}");
        for _ in 0..2 {
            let canceled = operator.patch(&path, json!({"status": "canceled"})).await.expect(200);
            assert_each_eq!((canceled["status"], "canceled"), (canceled["remaining_seconds"], 0));
        }
        assert_eq!(app.deal_now(&deal).await["status"], "canceled");
        let longer = json!({"end_at": app.days_ago(-9)});
        operator.patch(&path, longer).await.refused(409, "CONFLICT");
    }
    app.finish().await;
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"start_at": app.days_ago(-1), "end_at": app.days_ago(-2)})).await;
    let path = format!("/timedeals/{deal}");
    let patch = |body: Value| app.operator().patch(&path, body);
    let types = json!({
        "original_price": null, "deal_price": 1.5, "start_at": null, "end_at": "x", "hold_seconds": 3601,
        "queue_id": "#", "status": "active", "stock_quantity": 7, "product_id": "prd_other",
    });
    patch(types).await.invalid(&[
        "original_price",
        "deal_price",
        "start_at",
        "end_at",
        "hold_seconds",
        "queue_id",
        "status",
        "stock_quantity",
        "product_id",
    ]);
    patch(json!({"deal_price": 45_000, "end_at": app.now()})).await.invalid(&["deal_price", "end_at"]);
    patch(json!({"original_price": 0, "deal_price": -1})).await.invalid(&["original_price", "deal_price"]);
    patch(json!({"queue_id": "que_none"})).await.invalid(&["queue_id"]);
    app.operator().patch("/timedeals/99999", json!({})).await.refused(404, "NOT_FOUND");
    bodies_are_checked(&app, "PATCH", &path, 64).await;
    guarded(&app, "PATCH", &path, &["user", "auditor"]).await;
    app.finish().await;
}
