//! Scenario in which each client holds one seat of a concert: client `n` the seat `n` modulo the number of
//! seats.

use domain::Result;
use serde_json::{Value, json};

use super::super::TestContext;
use super::super::credentials::now;
use super::super::invariants::{Invariant, all_different, successful};
use super::{Race, Scenario, count, read_until};
use crate::api_client::{RequestSpec, text};

/// Duration of a hold, in seconds. No hold may expire during the load test.
const HOLD_SECONDS: u32 = 3600;
const MONTH_SECONDS: i64 = 30 * 24 * 60 * 60;

/// Date of a concert on which the clients hold seats, with its number of seats.
pub struct Seats {
    concert: String,
    date: String,
    seats: usize,
}

impl Scenario for Seats {
    const SOLD_OUT: Option<&'static str> = Some("SEAT_TAKEN");

    async fn set_up(context: &TestContext, stock: usize) -> Result<Self> {
        let concert = json!({"name": "Rush: an evening", "hold_seconds": HOLD_SECONDS});
        let concert = context.create("/concerts", concert).await?;
        let concert = text(&concert["id"])?.to_owned();
        let day = now().plus_seconds(MONTH_SECONDS).to_string();
        let date = json!({"date": day.split('T').next(), "seats": stock, "price": 10_000});
        let date = context.create(&format!("/concerts/{concert}/dates"), date).await?;
        Ok(Self { concert, date: text(&date["date"])?.to_owned(), seats: stock })
    }

    fn path(&self) -> String {
        format!("/concerts/{}/dates/{}/seats", self.concert, self.date)
    }

    fn request(&self, number: usize) -> RequestSpec {
        let seat = (number % self.seats + 1).to_string();
        let path = format!("/concerts/{}/reservations", self.concert);
        RequestSpec::post(path, json!({"date": self.date, "seats": [seat]}))
    }

    fn analytics(&self) -> (String, &'static str) {
        let path = format!("/analytics/sales?concert_id={}&date={}", self.concert, self.date);
        (path, "/data/totals/concerts/held_units")
    }

    async fn verify(&self, race: Race<'_>) -> Result<Vec<Invariant>> {
        let Race { context, responses, counts } = race;
        let held = |map: &Value| {
            let seats = map["data"]["seats"].as_array().into_iter().flatten();
            seats.filter(|seat| seat["status"] == "held").count()
        };
        let user = context.buyers.first().unwrap_or(&context.operator);
        let map =
            read_until(context, user, &RequestSpec::get(self.path()), |map| counts.fits(held(map))).await?;
        let (held, available) = (held(&map), count(&map["data"]["available"]));
        let seats = successful(responses).map(|(_, reservation)| reservation["seats"].to_string());
        Ok(vec![
            all_different(seats, "seats", counts.got),
            Invariant::new(
                counts.fits(held) && held.checked_add(available) == Some(self.seats),
                format!("the seat map says {held} held, {available} available"),
            ),
        ])
    }
}
