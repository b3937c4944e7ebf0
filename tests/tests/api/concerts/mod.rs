//! Tests of concerts, seats and reservations.

mod cancel_reservation;
mod concurrent_reservations;
mod create_concert;
mod create_date;
mod create_reservation;
mod expiry;
mod get_concert;
mod get_reservation;
mod list_concerts;
mod list_dates;
mod list_reservations;
mod list_seats;

use dibs_tests::harness::{Caller, TestApp};
use serde_json::{Value, json};

use super::checks::{bodies_are_checked, each, guarded, pages, paging_is_checked};

/// Creates a waiting room that admits ten users at once, and returns its id.
async fn queue(app: &TestApp) -> String {
    let body = json!({"name": "Doors", "capacity": 10, "admissions_per_second": 10});
    app.operator().post("/queues", body).await.expect(201)["id"].as_str().unwrap().to_owned()
}

/// Creates a concert and a date behind a new waiting room. Returns the ids of the waiting room and of the
/// concert, and the date.
async fn guarded_show(app: &TestApp) -> (String, String, String) {
    let queue = queue(app).await;
    let concert = app.concert(json!({"queue_id": queue})).await;
    let date = app.date(&concert, json!({})).await;
    (queue, concert, date)
}

/// Returns five queue tokens that do not admit `user` to `queue`: an empty and a malformed one, one of
/// another user, one of another waiting room, and an expired one.
async fn wrong_tokens(app: &TestApp, queue: &str, user: &Caller) -> [String; 5] {
    let other = self::queue(app).await;
    let late = app.queue_token(queue, user, 9);
    app.pass_seconds(60);
    [
        String::new(),
        "nonsense".to_owned(),
        app.queue_token(queue, &app.user(), 1),
        app.queue_token(&other, user, 1),
        late,
    ]
}

/// Returns the names of the seats in the details of an error.
fn named(error: &Value) -> Vec<&str> {
    error["details"]["seats"].as_array().unwrap().iter().map(|seat| seat.as_str().unwrap()).collect()
}
