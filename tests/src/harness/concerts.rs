//! Helpers for concerts, seats and reservations.

use domain::ids::QueueId;
use domain::waiting_room::{Admission, ArrivalBucketKey, QueuePosition, QueueToken};
use serde_json::{Value, json};

use super::world::{id_of, merged};
use super::{Call, Caller, TestApp};

impl TestApp {
    /// Returns the date `days` days from now, in UTC.
    pub fn day(&self, days: i64) -> String {
        self.days_ago(-days).to_string()[.."2026-12-24".len()].to_owned()
    }

    /// Creates a concert, and returns its id. `fields` replace the default request fields.
    pub async fn concert(&self, fields: Value) -> String {
        self.pass_millis(1);
        id_of(
            self.operator().post("/concerts", merged(json!({"name": "a concert"}), fields)).await.expect(201),
        )
    }

    /// Creates a date of `concert` in 30 days, with 50 seats at a price of 10,000 each, and returns the day.
    /// `fields` replace the default request fields.
    pub async fn date(&self, concert: &str, fields: Value) -> String {
        let usual = json!({"date": self.day(30), "price": 10_000});
        let made = self.operator().post(&format!("/concerts/{concert}/dates"), merged(usual, fields)).await;
        made.expect(201)["date"].as_str().expect("a day").to_owned()
    }

    /// Creates a concert with a date of 50 seats, and returns its id and the day.
    pub async fn show(&self) -> (String, String) {
        let concert = self.concert(json!({})).await;
        let date = self.date(&concert, json!({})).await;
        (concert, date)
    }

    /// Returns the status of each seat of a date, in seat order, as a new user sees them.
    pub async fn statuses(&self, concert: &str, date: &str) -> Vec<String> {
        let map = self.user().seats(concert, date).await.expect(200);
        let seats = map["seats"].as_array().expect("seats");
        seats.iter().map(|seat| seat["status"].as_str().expect("a status").to_owned()).collect()
    }

    /// Signs a queue token that admits `user` to `queue` at `position` for a minute from now.
    pub fn queue_token(&self, queue: &str, user: &Caller, position: u64) -> String {
        let now = self.now();
        let until = now.plus_seconds(60);
        let ticket = QueueToken {
            user_id: user.id().clone(),
            queue_id: QueueId::parse(queue).expect("an id"),
            bucket: ArrivalBucketKey::from((0, 0, 0)),
            joined_at: now,
            rejoins: 0,
            position: Some(QueuePosition(position)),
            admission: Some(Admission { since: now, first_use_before: until, until }),
        };
        self.app().tokens().sign_queue_token(&ticket).expect("there is a key")
    }
}

impl Caller {
    /// Prepares a request that reserves these seats.
    pub fn reserve(&self, concert: &str, date: &str, seats: Value) -> Call {
        self.post(&format!("/concerts/{concert}/reservations"), json!({"date": date, "seats": seats}))
    }

    /// Prepares a request that reserves `count` adjacent seats.
    pub fn reserve_best(&self, concert: &str, date: &str, count: u32) -> Call {
        self.post(&format!("/concerts/{concert}/reservations"), json!({"date": date, "count": count}))
    }

    /// Prepares a request for the seats of a date.
    pub fn seats(&self, concert: &str, date: &str) -> Call {
        self.get(&format!("/concerts/{concert}/dates/{date}/seats"))
    }

    /// Prepares a request that reads a reservation.
    pub fn reservation(&self, id: &Value) -> Call {
        self.get(&format!("/reservations/{}", id.as_str().expect("an id")))
    }

    /// Prepares a request that cancels a reservation.
    pub fn cancel(&self, id: &Value) -> Call {
        self.delete(&format!("/reservations/{}", id.as_str().expect("an id")))
    }
}
