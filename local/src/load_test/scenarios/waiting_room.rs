//! Scenario in which the clients join a waiting room and poll until they have a position.

use std::time::{Duration, Instant};

use domain::Result;
use serde_json::json;

use super::super::TestContext;
use super::super::clients::{Outcome, for_each};
use super::super::invariants::{Invariant, consecutive, successful};
use super::{AGREES_WITHIN, Race, Scenario};
use crate::api_client::{RequestSpec, text};

/// Interval at which a client without a position polls.
const POLL_EVERY: Duration = Duration::from_secs(1);
/// Number of admissions per second. It is low, because the scenario is about positions and not about
/// admissions.
const ADMISSIONS_PER_SECOND: u32 = 1;
/// Maximum number of users who are admitted at the same time.
const CAPACITY: u32 = 10;

/// Waiting room that the clients join.
pub struct WaitingRoom {
    id: String,
}

/// Client without a position: its index and its queue token.
type Waiting = (usize, String);

impl Scenario for WaitingRoom {
    const SOLD_OUT: Option<&'static str> = None;
    const POLLS_AFTERWARDS: bool = true;

    async fn set_up(context: &TestContext, stock: usize) -> Result<Self> {
        // The stock of this scenario is the number of clients, most of whom join within a second.
        let queue = json!({
            "name": "Rush: the doors", "capacity": CAPACITY,
            "admissions_per_second": ADMISSIONS_PER_SECOND, "joins_per_second": stock,
        });
        let queue = context.create("/queues", queue).await?;
        Ok(Self { id: text(&queue["id"])?.to_owned() })
    }

    fn path(&self) -> String {
        format!("/queues/{}", self.id)
    }

    fn request(&self, _: usize) -> RequestSpec {
        RequestSpec::post(format!("/queues/{}/tokens", self.id), serde_json::Value::Null)
    }

    fn analytics(&self) -> (String, &'static str) {
        (format!("/analytics/queues?queue_id={}", self.id), "/data/totals/joined")
    }

    async fn verify(&self, race: Race<'_>) -> Result<Vec<Invariant>> {
        let Race { context, responses, counts } = race;
        let queue_token =
            |(number, place): (usize, &serde_json::Value)| Ok((number, text(&place["ticket"])?.to_owned()));
        let mut waiting: Vec<Waiting> = successful(responses).map(queue_token).collect::<Result<_>>()?;
        let (began, mut positions) = (Instant::now(), Vec::with_capacity(waiting.len()));
        while !waiting.is_empty() && began.elapsed() < AGREES_WITHIN {
            tokio::time::sleep(POLL_EVERY).await;
            let asked = self.positions(context, waiting.clone()).await;
            let (placed, others): (Vec<_>, Vec<_>) =
                waiting.into_iter().zip(asked).partition(|(_, position)| position.is_some());
            positions.extend(placed.into_iter().map(|(_, position)| position));
            waiting = others.into_iter().map(|(waiting, _)| waiting).collect();
        }
        positions.extend(waiting.iter().map(|_| None));
        Ok(vec![consecutive(&positions, counts)])
    }
}

impl WaitingRoom {
    /// Polls once for each of `waiting`, and returns the positions in that order. `None` for a client without
    /// one.
    async fn positions(&self, context: &TestContext, waiting: Vec<Waiting>) -> Vec<Option<u64>> {
        let (api, buyers) = (context.api.clone(), context.buyers.clone());
        let path = format!("/queues/{}/tokens/me", self.id);
        for_each(waiting, context.connections, move |_, (number, queue_token)| {
            let (api, buyers) = (api.clone(), buyers.clone());
            let ask = RequestSpec { queue_token: Some(queue_token), ..RequestSpec::get(path.clone()) };
            async move {
                let answer = api.call(buyers.get(number).map(String::as_str), &ask).await;
                match answer.into() {
                    Outcome::Got(place) => place["position"].as_u64(),
                    Outcome::Refused(_) | Outcome::Failed(_) => None,
                }
            }
        })
        .await
    }
}
