//! Scenarios of the load test, one per file.

mod deal;
mod queue;
mod reward;
mod seats;

use std::time::{Duration, Instant};

use domain::Result;
use serde_json::Value;

pub use deal::Deal;
pub use queue::Queue;
pub use reward::Reward;
pub use seats::Seats;

use super::Stage;
use super::api::Ask;
use super::crowd::Told;
use super::promises::{Promise, Tally};

/// Interval between two reads of a result that follows within about a second.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// Maximum waiting time for such a result.
const FOLLOWS_WITHIN: Duration = Duration::from_secs(60);

/// Scenario: a resource that the clients compete for.
pub trait Prize: Sized {
    /// Error code of a sold-out refusal. `None` if the resource has no limit.
    const SOLD_OUT: Option<&'static str>;
    /// `true` if a successful client polls afterwards. The polls then count in the cost.
    const ASKS_AGAIN: bool = false;

    /// Creates the resource with `stock` units.
    ///
    /// # Errors
    /// Fails if the stack refuses.
    async fn put_up(stage: &Stage, stock: usize) -> Result<Self>;

    /// Returns the path of the resource, below the base path.
    fn path(&self) -> String;

    /// Returns the request of the client with the index `number`.
    fn ask(&self, number: usize) -> Ask;

    /// Compares the state of the stack with the responses in `told`, and returns the checked invariants.
    ///
    /// # Errors
    /// Fails if the stack cannot be read.
    async fn look(&self, stage: &Stage, told: &[Told], tally: &Tally) -> Result<Vec<Promise>>;
}

/// Repeats a request until the response satisfies `fits`, at most for `FOLLOWS_WITHIN`. Returns the last
/// response.
async fn follow(stage: &Stage, token: &str, ask: &Ask, fits: impl Fn(&Value) -> bool) -> Result<Value> {
    let began = Instant::now();
    loop {
        let answer = stage.api.expect(Some(token), ask.clone()).await?;
        if fits(&answer) || began.elapsed() > FOLLOWS_WITHIN {
            return Ok(answer);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
}

/// Returns `value` as a count, or `usize::MAX` if it is not one.
fn count(value: &Value) -> usize {
    value.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX)
}

/// Returns the string `field` of each successful response.
fn texts<'a>(told: &'a [Told], field: &'a str) -> impl Iterator<Item = String> + 'a {
    super::promises::won(told).map(move |(_, data)| data[field].as_str().unwrap_or_default().to_owned())
}
