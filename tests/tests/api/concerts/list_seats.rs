//! Tests of `GET /concerts/{concert_id}/dates/{date}/seats`, the seat map.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{guarded, guarded_show, wrong_tokens};

#[tokio::test]
async fn seat_map_shows_the_status_of_each_seat() {
    let app = TestApp::start().await;
    let concert = app.concert(json!({"hold_seconds": 60})).await;
    let rows = json!([{"name": "1", "seats": 2}, {"name": "2", "seats": 2}]);
    let sections = json!([
        {"name": "A", "price": 20, "rows": rows},
        {"name": "B", "price": 10, "rows": [{"name": "1", "seats": 1}]},
    ]);
    let date = app.date(&concert, json!({"price": null, "sections": sections})).await;
    let (user, other) = (app.user(), app.user());
    user.reserve(&concert, &date, json!(["A-1-2", "B-1-1"])).await.expect(201);
    app.pass_seconds(1);
    let map = user.seats(&concert, &date).await.snapshot(200);
    assert_each_eq!((map["concert_id"], json!(concert)), (map["date"], json!(date)), (map["available"], 3));
    let seat = |seat: &str, section: &str, row: &str, price: u32, status: &str, mine: bool| {
        let place = json!({"seat": seat, "section": section, "row": row, "price": price});
        let mut seat = place.as_object().unwrap().clone();
        seat.extend([("status".to_owned(), json!(status)), ("mine".to_owned(), json!(mine))]);
        seat
    };
    let expected = |status: &str, mine: bool| {
        json!([
            seat("A-1-1", "A", "1", 20, "available", false),
            seat("A-1-2", "A", "1", 20, status, mine),
            seat("A-2-1", "A", "2", 20, "available", false),
            seat("A-2-2", "A", "2", 20, "available", false),
            seat("B-1-1", "B", "1", 10, status, mine),
        ])
    };
    assert_eq!(map["seats"], expected("held", true));
    assert_eq!(other.seats(&concert, &date).await.expect(200)["seats"], expected("held", false));
    // A hold ends at its time, before any write records the end.
    app.pass_seconds(59);
    assert_eq!(user.seats(&concert, &date).await.expect(200)["seats"], expected("available", false));
    app.finish().await;
}

#[tokio::test]
async fn a_plain_date_has_neither_sections_nor_rows() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let map = app.user().seats(&concert, &date).await.expect(200);
    let names: Vec<&Value> = map["seats"].as_array().unwrap().iter().map(|seat| &seat["seat"]).collect();
    let expected: Vec<Value> = (1..=50).map(|number| json!(number.to_string())).collect();
    assert_eq!(names, expected.iter().collect::<Vec<_>>());
    assert_each_eq!((map["seats"][0]["section"], Value::Null), (map["seats"][0]["row"], Value::Null));
    for (concert, date) in [("con_none", date.as_str()), (&concert, "2036-01-01"), (&concert, "today")] {
        app.user().seats(concert, date).await.refused(404, "NOT_FOUND");
    }
    guarded(&app, "GET", &format!("/concerts/{concert}/dates/{date}/seats"), &["operator", "auditor"]).await;
    app.finish().await;
}

#[tokio::test]
async fn seat_map_behind_a_queue_takes_a_token() {
    let app = TestApp::start().await;
    let (queue, concert, date) = guarded_show(&app).await;
    let user = app.user();
    let tokens = wrong_tokens(&app, &queue, &user).await;
    let codes = [
        "QUEUE_TOKEN_REQUIRED",
        "QUEUE_TOKEN_INVALID",
        "QUEUE_TOKEN_INVALID",
        "QUEUE_TOKEN_INVALID",
        "QUEUE_TOKEN_EXPIRED",
    ];
    for (token, code) in tokens.iter().zip(codes) {
        user.seats(&concert, &date).header("x-queue-token", token).await.refused(403, code);
    }
    let token = app.queue_token(&queue, &user, 1);
    user.seats(&concert, &date).header("x-queue-token", &token).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn queue_token_is_refused_when_it_is_longer_than_2048_characters() {
    let app = TestApp::start().await;
    let concert = app.concert(json!({})).await;
    let date = app.date(&concert, json!({})).await;
    let with = |length: usize| app.user().seats(&concert, &date).header("x-queue-token", &"t".repeat(length));
    with(2049).await.invalid(&["X-Queue-Token"]);
    with(2048).await.expect(200);
    app.finish().await;
}
