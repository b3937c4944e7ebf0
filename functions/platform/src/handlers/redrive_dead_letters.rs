//! `POST /dead-letters/{queue}/redrive`: sends dead letters of a queue again, for administrators.

use dibs_http::axum::extract::State;
use dibs_http::{Administrator, Done, NoBody, Path, Route, route};
use domain::{Error, Result};
use runtime::App;
use schemars::JsonSchema;
use serde::Serialize;
use store::schema::QUEUES;

/// Route that sends dead letters of a queue again.
pub static ROUTE: Route = route!(
    /// Moves up to 100 dead letters of a queue back to it, where the worker handles them anew. `remaining` says how many
    /// are left; call again until it is 0. A message that fails again becomes a dead letter again. A repeat, or a call
    /// that fails half-way, may send a message twice, which workers recognize.
    POST ["/dead-letters/{queue}/redrive"] "platform-redrive-dead-letters" redrive_dead_letters,
    "Send the dead letters of a queue again",
    []
);

/// Number of batches of ten messages that one call moves at most.
const BATCHES_MAX: usize = 10;

/// Outcome of one call that sends dead letters again.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Redriven {
    /// Short name of the queue.
    pub queue: &'static str,
    /// Number of messages that were sent again by this call.
    pub moved: usize,
    /// Approximate number of dead letters that are left.
    pub remaining: u64,
}

async fn redrive_dead_letters(
    State(app): State<App>,
    _: Administrator,
    Path(name): Path<String>,
    _: NoBody,
) -> Result<Done<Redriven>> {
    let known = QUEUES.iter().find(|queue| queue.name == name);
    let queue = known.ok_or_else(|| Error::not_found("queue"))?;
    let mut moved = 0;
    for _ in 0..BATCHES_MAX {
        let batch = app.store().redrive_dead_letters(queue).await?;
        moved += batch;
        if batch == 0 {
            break;
        }
    }
    Ok(Done(Redriven { queue: queue.name, moved, remaining: app.store().count_dead_letters(queue).await? }))
}
