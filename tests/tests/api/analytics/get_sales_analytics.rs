//! Tests of `GET /analytics/sales`.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{csv_has_a_row_for_each_bucket, figures, period_is_checked};

const PATH: &str = "/analytics/sales";

#[tokio::test]
async fn orders_are_counted_with_what_became_of_them() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 40, "deal_price": 100})).await;
    let user = app.user();
    user.post("/balance/charge", json!({"amount": 1_000_000})).await.expect(201);
    let mut orders = Vec::new();
    for quantity in [4, 3, 2] {
        orders.push(user.order(&deal, quantity).await.expect(201)["id"].as_str().unwrap().to_owned());
    }
    user.post("/payments", json!({"order_id": orders[0]})).await.expect(201);
    user.delete(&format!("/orders/{}", orders[1])).await.expect(200);
    app.wait_seconds(400).await;
    let one = figures(&app, &format!("{PATH}?deal_id={deal}")).await;
    let deals = &one["totals"]["deals"];
    assert_each_eq!(
        (deals["held"], 3),
        (deals["held_units"], 9),
        (deals["paid"], 1),
        (deals["paid_units"], 4),
        (deals["revenue"], 400),
        (deals["canceled"], 1),
        (deals["canceled_units"], 3),
        (deals["lapsed"], 1),
        (deals["lapsed_units"], 2),
        (one["totals"]["concerts"], json!(null)),
        (one["sold_out"], json!(null)),
    );
    let all = figures(&app, PATH).await;
    assert_eq!(all["totals"]["deals"], *deals);
    app.finish().await;
}

#[tokio::test]
async fn deal_tells_when_it_sold_out() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 2})).await;
    app.user().order(&deal, 2).await.expect(201);
    app.settle().await;
    app.pass_seconds(2);
    deals::workers::advance_deals::WORKER.handle_tick(app.app()).await.unwrap();
    let one = figures(&app, &format!("{PATH}?deal_id={deal}")).await;
    let shown = app.anonymous().get(&format!("/timedeals/{deal}")).await.expect(200);
    let begin: domain::Timestamp = shown["start_at"].as_str().unwrap().parse().unwrap();
    let at: domain::Timestamp = one["sold_out"]["at"].as_str().unwrap().parse().unwrap();
    let seconds = at.as_seconds() - begin.as_seconds();
    assert_eq!(one["sold_out"]["seconds"].as_i64(), Some(seconds));
    app.finish().await;
}

#[tokio::test]
async fn seats_are_counted_for_their_date() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let user = app.user();
    user.post("/balance/charge", json!({"amount": 1_000_000})).await.expect(201);
    let hold = json!({"date": date, "seats": [1, 2]});
    let path = format!("/concerts/{concert}/reservations");
    let reservation = user.post(&path, hold).await.expect(201);
    user.post("/payments", json!({"reservation_id": reservation["id"]})).await.expect(201);
    let one = figures(&app, &format!("{PATH}?concert_id={concert}&date={date}")).await;
    let concerts = &one["totals"]["concerts"];
    assert_each_eq!(
        (concerts["held"], 1),
        (concerts["held_units"], 2),
        (concerts["paid_units"], 2),
        (concerts["lapsed"], 0),
        (one["totals"]["deals"], json!(null)),
    );
    assert!(concerts["revenue"].as_u64().unwrap() > 0, "{one}");
    app.finish().await;
}

#[tokio::test]
async fn parameters_are_checked_and_a_table_is_returned() {
    let app = TestApp::start().await;
    period_is_checked(&app, PATH).await;
    for (query, field) in [
        ("deal_id=tdl_x&concert_id=con_x&date=2026-12-24", "deal_id"),
        ("concert_id=con_x", "date"),
        ("date=2026-12-24", "concert_id"),
        ("deal_id=tdl_none", "deal_id"),
        ("concert_id=con_none&date=2026-12-24", "concert_id"),
    ] {
        app.operator().get(&format!("{PATH}?{query}")).await.invalid(&[field]);
    }
    let of = |kind: &str| {
        let names = ["held", "held_units", "paid", "paid_units", "lapsed", "lapsed_units", "canceled"];
        let more = ["canceled_units", "revenue"];
        names.iter().chain(&more).map(|name| format!("{kind}_{name}")).collect::<Vec<_>>().join(",")
    };
    csv_has_a_row_for_each_bucket(&app, PATH, &format!("{},{}", of("deals"), of("concerts"))).await;
    app.finish().await;
}
