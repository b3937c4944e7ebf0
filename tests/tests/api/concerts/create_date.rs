//! Tests of `POST /concerts/{concert_id}/dates`, which adds a date.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{bodies_are_checked, guarded};

fn hall() -> Value {
    let rows = |count: usize, seats: u32| -> Vec<Value> {
        (1..=count).map(|row| json!({"name": row.to_string(), "seats": seats})).collect()
    };
    json!([
        {"name": "VIP", "price": 150_000, "rows": rows(2, 10)},
        {"name": "B", "price": 0, "rows": rows(5, 396)},
    ])
}

#[tokio::test]
async fn a_date_has_fifty_seats_or_those_that_it_is_given() {
    let app = TestApp::start().await;
    let concert = app.concert(json!({})).await;
    let path = format!("/concerts/{concert}/dates");
    let post = |body: Value| app.operator().post(&path, body);
    let plain = post(json!({"date": "2036-01-01", "price": 7})).await.expect(201);
    let sections = json!([{"name": null, "price": 7, "seats": 50}]);
    let expected = json!({
        "concert_id": concert, "date": "2036-01-01", "seats": 50, "price_min": 7, "price_max": 7,
        "sections": sections,
    });
    assert_eq!(plain, expected);
    let one = post(json!({"date": "2036-01-02", "price": 0, "seats": 1})).await.expect(201);
    assert_eq!(one["seats"], 1);
    let large = post(json!({"date": "2036-01-03", "sections": hall()})).await.expect(201);
    assert_each_eq!((large["seats"], 2000), (large["price_min"], 0));
    assert_eq!(large["sections"][0], json!({"name": "VIP", "price": 150_000, "seats": 20}));
    let map = app.user().seats(&concert, "2036-01-03").await.expect(200);
    assert_each_eq!((map["available"], 2000), (map["seats"][0]["seat"], "VIP-1-1"));
    assert_eq!(map["seats"][1999]["seat"], "B-5-396");
    app.finish().await;
}

#[tokio::test]
async fn every_wrong_field_is_named_at_once() {
    let app = TestApp::start().await;
    let concert = app.concert(json!({})).await;
    let path = format!("/concerts/{concert}/dates");
    let post = |body: Value| app.operator().post(&path, body);
    post(json!({"price": 1})).await.invalid(&["date"]);
    post(json!({"date": "2036-01-01"})).await.refused(400, "VALIDATION_ERROR");
    post(json!({"date": "2036-02-30", "price": 1.5, "seats": 0})).await.invalid(&["date", "price", "seats"]);
    post(json!({"date": "tomorrow", "price": -1, "seats": 2001})).await.invalid(&["date", "price", "seats"]);
    let mut long = hall();
    long[1]["rows"].as_array_mut().unwrap().push(json!({"name": "6", "seats": 1}));
    post(json!({"date": "2036-01-01", "sections": long})).await.invalid(&["sections"]);
    let row = json!({"name": "1", "seats": 1});
    let twice = json!([
        {"name": "A", "price": 1, "rows": [row, row]}, {"name": "A", "price": 1, "rows": [row]},
    ]);
    post(json!({"date": "2036-01-01", "sections": twice}))
        .await
        .invalid(&["sections[0].rows[1].name", "sections[1].name"]);
    let odd = json!([{"name": "A-1", "price": 100_000_001, "rows": []}]);
    post(json!({"date": "2036-01-01", "sections": odd})).await.invalid(&[
        "sections[0].name",
        "sections[0].price",
        "sections[0].rows",
    ]);
    bodies_are_checked(&app, "POST", &path, 64).await;
    app.finish().await;
}

#[tokio::test]
async fn past_date_and_existing_date_are_refused() {
    let app = TestApp::start().await;
    let operator = app.operator();
    let new = |date: String| json!({"date": date, "price": 1});
    let concert = app.concert(json!({})).await;
    let path = format!("/concerts/{concert}/dates");
    let error = operator.post(&path, new(app.day(-1))).await.refused(400, "DATE_IN_PAST");
    assert_eq!(error["details"]["today"], app.day(0).as_str());
    operator.post(&path, new(app.day(0))).await.snapshot(201);
    operator.post(&path, new(app.day(0))).await.refused(409, "DUPLICATE_DATE");
    // In these time zones the local date is a day later or earlier than in UTC.
    for (zone, day) in [("Pacific/Kiritimati", 1), ("Etc/GMT+12", -1)] {
        let concert = app.concert(json!({"time_zone": zone})).await;
        let hours: i64 = if day == 1 { 14 } else { -12 };
        let there = app.now().plus_seconds(hours * 3600).to_string()[..10].to_owned();
        operator.post(&format!("/concerts/{concert}/dates"), new(there)).await.expect(201);
    }
    operator.post("/concerts/con_none/dates", new(app.day(1))).await.refused(404, "NOT_FOUND");
    guarded(&app, "POST", &path, &["user", "auditor"]).await;
    app.finish().await;
}

#[tokio::test]
async fn the_same_key_gives_the_same_date() {
    let app = TestApp::start().await;
    let (operator, concert) = (app.operator(), app.concert(json!({})).await);
    let post = |date: &str| {
        let body = json!({"date": date, "price": 1});
        operator.post(&format!("/concerts/{concert}/dates"), body).key("k-1")
    };
    let first = post("2036-01-01").await.expect(201);
    assert_eq!(post("2036-01-01").await.expect(201), first);
    post("2036-01-02").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    let other =
        app.operator().post(&format!("/concerts/{concert}/dates"), json!({"date": "2036-01-01", "price": 1}));
    other.key("k-1").await.refused(409, "DUPLICATE_DATE");
    app.finish().await;
}
