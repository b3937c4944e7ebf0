//! One visitor of a crowd: comes at a time of its own, and claims, orders, or waits for a seat.

use std::time::Duration;

use serde_json::{Value, json};

use super::{Crowd, CrowdSize, Place};
use crate::api_client::{Api, RequestSpec};

/// Amount that a visitor charges, in whole units of the currency: enough for two of the dearest seats.
const CHARGE: u64 = 300_000;
/// Interval at which a visitor who waits asks for the position.
const POLL: Duration = Duration::from_secs(2);
/// Number of times that a visitor asks for the position before leaving.
const POLLS_MAX: usize = 60;

/// One visitor of a crowd.
pub(super) struct Visitor {
    crowd: Crowd,
    api: Api,
    token: String,
    place: Place,
    number: u32,
    size: CrowdSize,
}

impl Visitor {
    /// Creates the visitor with the given number in a crowd of the given size, who calls with the access token `token`.
    pub(super) fn new(
        crowd: Crowd,
        api: Api,
        token: String,
        place: Place,
        (number, size): (u32, CrowdSize),
    ) -> Self {
        Self { crowd, api, token, place, number, size }
    }

    /// Arrives, does what visitors of this number do, and counts as finished.
    pub(super) async fn visit(self) {
        let CrowdSize { clients, seconds } = self.size;
        tokio::time::sleep(Duration::from_secs(seconds.into()) * self.number / clients).await;
        match self.number % 3 {
            0 => self.claim().await,
            1 => self.order().await,
            _ => self.take_seats().await,
        };
        self.crowd.locked().finished += 1;
    }

    async fn claim(&self) -> Option<()> {
        let event = self.place.event_id;
        self.call(RequestSpec::post(format!("/events/{event}/requests"), Value::Null)).await?;
        self.crowd.locked().done.claims += 1;
        Some(())
    }

    async fn order(&self) -> Option<()> {
        let quantity = 1 + self.number % 2;
        let order = json!({"time_deal_id": self.place.deal_id, "quantity": quantity});
        let order = self.call(RequestSpec::post("/orders", order)).await?;
        // One buyer in five keeps the units until the hold ends.
        if self.number.is_multiple_of(5) {
            return None;
        }
        self.think().await;
        self.charge().await?;
        self.call(RequestSpec::post("/payments", json!({"order_id": order["id"]}))).await?;
        self.crowd.locked().done.orders += 1;
        Some(())
    }

    async fn take_seats(&self) -> Option<()> {
        let queue_token = self.wait_in_queue().await?;
        self.think().await;
        let count = 1 + self.number % 2;
        let path = format!("/concerts/{}/reservations", self.place.concert_id);
        let hold = RequestSpec::post(path, json!({"date": self.place.date, "count": count}));
        let held = self.call(RequestSpec { queue_token: Some(queue_token), ..hold }).await?;
        if self.number.is_multiple_of(5) {
            return None;
        }
        self.think().await;
        self.charge().await?;
        self.call(RequestSpec::post("/payments", json!({"reservation_id": held["id"]}))).await?;
        self.crowd.locked().done.seats += count;
        Some(())
    }

    /// Joins the queue of the concert, and returns the queue token once it admits.
    async fn wait_in_queue(&self) -> Option<String> {
        let path = format!("/queues/{}/tokens", self.place.queue_id);
        let joined = self.call(RequestSpec::post(path.clone(), Value::Null)).await?;
        let ticket = joined["ticket"].as_str()?;
        for _ in 0..POLLS_MAX {
            tokio::time::sleep(POLL).await;
            let ask = RequestSpec::get(format!("{path}/me"));
            let position = self.call(RequestSpec { queue_token: Some(ticket.to_owned()), ..ask }).await?;
            if position["status"] == "active" {
                return position["token"].as_str().map(str::to_owned);
            }
        }
        None
    }

    async fn charge(&self) -> Option<Value> {
        self.call(RequestSpec::post("/balance/charge", json!({"amount": CHARGE}))).await
    }

    /// Waits for up to a sixth of the time within which visitors arrive, each for another time.
    async fn think(&self) {
        let share = self.number * 37 % 100;
        tokio::time::sleep(Duration::from_secs(self.size.seconds.into()) * share / 600).await;
    }

    /// Sends a request. Returns the `data` of a success; counts everything else.
    async fn call(&self, ask: RequestSpec) -> Option<Value> {
        match self.api.call(Some(&self.token), &ask).await {
            Ok((200..=299, mut body)) => Some(body["data"].take()),
            Ok((_, body)) if body["error"]["code"].is_string() => {
                let code = body["error"]["code"].as_str().unwrap_or_default().to_owned();
                *self.crowd.locked().refused.entry(code).or_default() += 1;
                None
            }
            Ok(_) | Err(_) => {
                self.crowd.locked().failed += 1;
                None
            }
        }
    }
}
