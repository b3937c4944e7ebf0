//! Calls of queues, concerts, payments and time deals.

use crate::harness::TestApp;
use serde_json::{Value, json};

use super::recorder::Recording;

fn id(created: &Value) -> String {
    created["id"].as_str().expect("what is created has an id").to_owned()
}

/// Calls each operation on queues.
pub async fn queues(app: &TestApp, examples: &mut Recording) {
    let (operator, user) = (app.operator(), app.user());
    let queue = json!({"name": "Winter sale", "capacity": 1000, "admissions_per_second": 50});
    let queue = id(&examples.call(&operator, "POST", "/queues", queue).await);
    let path = format!("/queues/{queue}");
    examples.call(&operator, "PATCH", &path, json!({"capacity": 2000})).await;
    examples.call(&user, "POST", &format!("{path}/tokens"), Value::Null).await;
    app.wait_seconds(5).await;
    app.wait_seconds(5).await;
    examples.call(&user, "GET", &format!("{path}/tokens/me"), Value::Null).await;
    examples.call(&user, "GET", &path, Value::Null).await;
    examples.call(&operator, "GET", "/queues", Value::Null).await;
    examples.send(user.delete(&format!("{path}/tokens/me")), Value::Null).await;
}

/// Calls each operation on concerts and reservations, and on the balance from which reservations are paid.
pub async fn concerts(app: &TestApp, examples: &mut Recording) {
    let (operator, user) = (app.operator(), app.user());
    let concert =
        json!({"name": "Winter concert", "description": "Two evenings.", "time_zone": "Asia/Seoul"});
    let concert = id(&examples.call(&operator, "POST", "/concerts", concert).await);
    let path = format!("/concerts/{concert}");
    let date = json!({"date": "2026-12-24", "sections": [
        {"name": "A", "price": 50000, "rows": [{"name": "1", "seats": 3}]},
    ]});
    examples.call(&operator, "POST", &format!("{path}/dates"), date).await;
    examples.call(&user, "GET", "/concerts", Value::Null).await;
    examples.call(&user, "GET", &path, Value::Null).await;
    examples.call(&user, "GET", &format!("{path}/dates"), Value::Null).await;
    let seats = json!({"date": "2026-12-24", "seats": ["A-1-1", "A-1-2"]});
    let held = id(&examples.call(&user, "POST", &format!("{path}/reservations"), seats).await);
    app.pass_seconds(1);
    examples.call(&user, "GET", &format!("{path}/dates/2026-12-24/seats"), Value::Null).await;
    examples.call(&user, "POST", "/balance/charge", json!({"amount": 150000})).await;
    examples.call(&user, "GET", "/balance", Value::Null).await;
    let payment = id(&examples.call(&user, "POST", "/payments", json!({"reservation_id": held})).await);
    examples.call(&user, "GET", &format!("/payments/{payment}"), Value::Null).await;
    examples.call(&user, "GET", "/payments", Value::Null).await;
    examples.call(&user, "GET", "/balance/ledger", Value::Null).await;
    examples.call(&user, "GET", &format!("/reservations/{held}"), Value::Null).await;
    examples.call(&user, "GET", "/reservations", Value::Null).await;
    let best = user.reserve_best(&concert, "2026-12-24", 1).header("idempotency-key", "best");
    let best = id(&best.await.expect(201));
    examples.send(user.delete(&format!("/reservations/{best}")), Value::Null).await;
}

/// Calls each operation on products, time deals and orders, and each operation of the payment provider.
pub async fn deals(app: &TestApp, examples: &mut Recording) {
    let (operator, user) = (app.operator(), app.user());
    let product = json!({
        "name": "Cat tree", "description": "1.5 m, with two caves.", "price": 45000, "category": "living",
        "image_url": "https://shop.example.com/cat-tree.jpg",
    });
    let product = id(&examples.call(&operator, "POST", "/products", product).await);
    let path = format!("/products/{product}");
    examples.call(&operator, "PATCH", &path, json!({"price": 46000})).await;
    examples.call(&app.anonymous(), "GET", &path, Value::Null).await;
    examples.call(&app.anonymous(), "GET", "/products?category=living", Value::Null).await;
    let deal = json!({
        "product_id": product, "deal_price": 29900, "stock_quantity": 100, "start_at": "2026-12-01T08:00:00Z",
        "end_at": "2026-12-01T12:00:00Z",
    });
    let deal = id(&examples.call(&operator, "POST", "/timedeals", deal).await);
    let path = format!("/timedeals/{deal}");
    examples.call(&operator, "PATCH", &path, json!({"end_at": "2026-12-01T13:00:00Z"})).await;
    let order =
        id(&examples.call(&user, "POST", "/orders", json!({"time_deal_id": deal, "quantity": 2})).await);
    app.settle().await;
    app.pass_seconds(2);
    examples.call(&app.anonymous(), "GET", &path, Value::Null).await;
    examples.call(&app.anonymous(), "GET", "/timedeals?status=active&page=1", Value::Null).await;
    let order_path = format!("/orders/{order}");
    let asked = user.post(&format!("{order_path}/payments"), json!({}));
    examples.send(asked, Value::Null).await;
    let report = json!({
        "reference": format!("{order}:1"), "order_id": order, "status": "completed", "amount": 59800,
    });
    examples.send(app.callback(&report), report).await;
    examples.call(&user, "GET", &order_path, Value::Null).await;
    examples.call(&user, "GET", &format!("{order_path}/events"), Value::Null).await;
    let second = user.order(&deal, 1).header("idempotency-key", "second");
    let second = id(&second.await.expect(201));
    examples.send(user.delete(&format!("/orders/{second}")), Value::Null).await;
    app.settle().await;
    examples.call(&user, "GET", "/orders?page=1", Value::Null).await;
    let unknown = json!({
        "reference": format!("{order}:9"), "order_id": order, "status": "completed", "amount": 59800,
    });
    app.callback(&unknown).await.refused(404, "NOT_FOUND");
    examples.call(&operator, "GET", "/payments/reports", Value::Null).await;
}

/// Calls each operation of live updates.
pub async fn live(app: &TestApp, examples: &mut Recording) {
    // What has a key has the same id each time.
    let (user, operator) = (app.user(), app.operator());
    let made = async |path: &str, body: Value| {
        let reply = operator.call("POST", path).key(&format!("live {path}")).json(&body).await.expect(201);
        id(&reply)
    };
    let product = app.anonymous().get("/products").await.expect(200)[0]["id"].clone();
    let deal = json!({
        "product_id": product, "original_price": 45000, "deal_price": 29900, "stock_quantity": 100,
        "start_at": "2026-12-01T08:00:00Z", "end_at": "2026-12-01T12:00:00Z",
    });
    let deal = made("/timedeals", deal).await;
    let concert = made("/concerts", json!({"name": "a concert"})).await;
    let date = app
        .date(
            &concert,
            json!({"date": "2026-12-31", "sections": [
        {"name": "A", "price": 50000, "rows": [{"name": "1", "seats": 3}]},
    ], "price": null}),
        )
        .await;
    user.reserve(&concert, &date, json!(["A-1-2"])).await.expect(201);
    examples.call(&user, "POST", "/live/tickets", Value::Null).await;
    examples.call(&app.anonymous(), "GET", &format!("/timedeals/{deal}/live"), Value::Null).await;
    let seats = format!("/concerts/{concert}/dates/{date}/seats/live");
    examples.call(&app.anonymous(), "GET", &seats, Value::Null).await;
}
