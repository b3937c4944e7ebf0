//! What a rush can be for, a file each.

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

/// Between two looks at something that follows within a second or so.
const LOOK_EVERY: Duration = Duration::from_millis(250);
/// What has not followed by then does not follow.
const FOLLOWS_WITHIN: Duration = Duration::from_secs(60);

/// Something that everybody wants.
pub trait Prize: Sized {
    /// The refusal that says that nothing is left; none where there is no end of it.
    const SOLD_OUT: Option<&'static str>;
    /// Whether who has come asks again and again afterwards, so that this is part of what it costs.
    const ASKS_AGAIN: bool = false;

    /// Puts up `stock` units of it.
    ///
    /// # Errors
    /// When the stack refuses.
    async fn put_up(stage: &Stage, stock: usize) -> Result<Self>;

    /// Where it can be looked at, under the base path.
    fn path(&self) -> String;

    /// What the person of this number sends.
    fn ask(&self, number: usize) -> Ask;

    /// Looks whether what is there is what was `told`.
    ///
    /// # Errors
    /// When the stack does not show it.
    async fn look(&self, stage: &Stage, told: &[Told], tally: &Tally) -> Result<Vec<Promise>>;
}

/// Asks the API until `fits`, or until it takes too long; the last answer.
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

/// The number that `value` is; nothing else is one.
fn count(value: &Value) -> usize {
    value.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX)
}

/// The text of `field` in each of what was won.
fn texts<'a>(told: &'a [Told], field: &'a str) -> impl Iterator<Item = String> + 'a {
    super::promises::won(told).map(move |(_, data)| data[field].as_str().unwrap_or_default().to_owned())
}
