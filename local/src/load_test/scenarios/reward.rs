//! Scenario in which the clients request a reward of an event without a condition.

use std::time::Instant;

use domain::Result;
use serde_json::{Value, json};

use super::super::TestContext;
use super::super::credentials::now;
use super::super::invariants::{Invariant, all_different};
use super::{AGREES_WITHIN, READ_EVERY, Race, Scenario, texts};
use crate::api_client::{RequestSpec, text};

const HOUR_SECONDS: i64 = 60 * 60;

/// Reward that each client requests, and the event that gives it.
pub struct Reward {
    event: String,
    reward: String,
}

/// Number of requests for the event, and of those fully granted.
#[derive(Clone, Copy, Default)]
struct Requests {
    all: usize,
    granted: usize,
}

impl Scenario for Reward {
    const SOLD_OUT: Option<&'static str> = Some("OUT_OF_STOCK");

    async fn set_up(context: &TestContext, stock: usize) -> Result<Self> {
        let event = json!({
            "name": "Rush: first come, first served", "status": "active",
            "starts_at": now().plus_seconds(-HOUR_SECONDS), "ends_at": now().plus_seconds(HOUR_SECONDS),
        });
        let event = context.create("/events", event).await?;
        let reward = json!({"name": "Rush: a gem", "item_id": "gem", "quantity": 1});
        let reward = context.create("/rewards/item", reward).await?;
        let event = text(&event["id"])?.to_owned();
        let offer = json!({"reward_id": reward["id"], "total_limit": stock});
        context.create(&format!("/events/{event}/rewards"), offer).await?;
        Ok(Self { event, reward: text(&reward["id"])?.to_owned() })
    }

    fn path(&self) -> String {
        format!("/events/requests?event_id={}", self.event)
    }

    fn request(&self, _: usize) -> RequestSpec {
        RequestSpec::post(format!("/events/{}/requests/{}", self.event, self.reward), Value::Null)
    }

    fn analytics(&self) -> (String, &'static str) {
        (format!("/analytics/events?event_id={}", self.event), "/data/totals/requests")
    }

    async fn verify(&self, race: Race<'_>) -> Result<Vec<Invariant>> {
        let Race { context, responses, counts } = race;
        let began = Instant::now();
        let mut there = self.requests(context).await?;
        while !(counts.fits(there.all) && there.granted == there.all) && began.elapsed() < AGREES_WITHIN {
            tokio::time::sleep(READ_EVERY).await;
            there = self.requests(context).await?;
        }
        let Requests { all, granted } = there;
        Ok(vec![
            all_different(texts(responses, "id"), "requests", counts.got),
            Invariant::new(
                counts.fits(all) && granted == all,
                format!("the event says {all} requests, {granted} of them granted"),
            ),
        ])
    }
}

impl Reward {
    /// Counts all requests for the event, page by page.
    ///
    /// # Errors
    /// Fails if the stack cannot be read.
    async fn requests(&self, context: &TestContext) -> Result<Requests> {
        let (mut requests, mut path) = (Requests::default(), format!("{}&limit=100", self.path()));
        loop {
            let page = context.api.expect(Some(&context.operator), RequestSpec::get(path)).await?;
            let entries = page["data"].as_array().map(Vec::as_slice).unwrap_or_default();
            requests.all += entries.len();
            requests.granted += entries.iter().filter(|entry| entry["fully_granted"] == true).count();
            let Some(cursor) = page["meta"]["next_cursor"].as_str() else { return Ok(requests) };
            path = format!("{}&limit=100&cursor={cursor}", self.path());
        }
    }
}
