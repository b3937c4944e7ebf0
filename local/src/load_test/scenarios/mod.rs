//! Scenarios of the load test, one per file.

mod deal;
mod reward;
mod seats;
mod waiting_room;

use std::time::{Duration, Instant};

use domain::Result;
use serde_json::Value;

pub use deal::Deal;
pub use reward::Reward;
pub use seats::Seats;
pub use waiting_room::WaitingRoom;

use super::TestContext;
use super::clients::ClientResponse;
use super::invariants::{Invariant, ResponseCounts};
use crate::api_client::RequestSpec;

/// Interval between two reads of a figure that follows the requests within about a second.
const READ_EVERY: Duration = Duration::from_millis(250);
/// Maximum time until such a figure must agree.
const AGREES_WITHIN: Duration = Duration::from_secs(60);

/// Responses of a race, against which a scenario checks the stack.
#[derive(Clone, Copy)]
pub struct Race<'a> {
    /// API client and access tokens of the load test.
    pub context: &'a TestContext,
    /// Responses to the clients, by index of the client.
    pub responses: &'a [ClientResponse],
    /// Counts of the responses by their outcome.
    pub counts: &'a ResponseCounts,
}

/// Scenario of a load test, with the resource that the clients compete for.
pub trait Scenario: Sized {
    /// Error code of the refusal for lack of units. `None` if the scenario has no limit.
    const SOLD_OUT: Option<&'static str>;
    /// Whether successful clients poll after the race. The cost of the load test then includes the polls.
    const POLLS_AFTERWARDS: bool = false;

    /// Creates the resource, with `stock` units.
    ///
    /// # Errors
    /// Fails if the stack refuses.
    async fn set_up(context: &TestContext, stock: usize) -> Result<Self>;

    /// Returns the path at which the API shows the resource, after the base path.
    fn path(&self) -> String;

    /// Returns the request that the client with the index `number` sends.
    fn request(&self, number: usize) -> RequestSpec;

    /// Returns the path of the resource's figures in analytics, after the base path, and the JSON pointer to
    /// the number that equals that of the successful clients.
    fn analytics(&self) -> (String, &'static str);

    /// Reads the resource and checks that it agrees with the responses of the race.
    ///
    /// # Errors
    /// Fails if the stack cannot be read.
    async fn verify(&self, race: Race<'_>) -> Result<Vec<Invariant>>;
}

/// Repeats a request as the owner of `token` until its response satisfies `fits`, for at most
/// [`AGREES_WITHIN`]. Returns the last response.
async fn read_until(
    context: &TestContext,
    token: &str,
    ask: &RequestSpec,
    fits: impl Fn(&Value) -> bool,
) -> Result<Value> {
    let began = Instant::now();
    loop {
        let answer = context.api.expect(Some(token), ask.clone()).await?;
        if fits(&answer) || began.elapsed() > AGREES_WITHIN {
            return Ok(answer);
        }
        tokio::time::sleep(READ_EVERY).await;
    }
}

/// Maximum time after the last response until analytics must agree with the clients.
const COUNTED_WITHIN: Duration = Duration::from_secs(5);

/// Reads the figures of the resource until they equal the number of successful clients, for at most
/// [`COUNTED_WITHIN`]. `ended` is the time of the last response.
///
/// # Errors
/// Fails if the stack cannot be read.
pub async fn compare_analytics<P: Scenario>(
    scenario: &P,
    race: Race<'_>,
    ended: Instant,
) -> Result<Invariant> {
    let Race { context, counts, .. } = race;
    let (path, pointer) = scenario.analytics();
    let ask = RequestSpec::get(path);
    loop {
        let answer = context.api.expect(Some(&context.operator), ask.clone()).await?;
        let there = answer.pointer(pointer).map_or(usize::MAX, count);
        let (agrees, after) = (counts.fits(there), ended.elapsed());
        if agrees || after > COUNTED_WITHIN {
            let finding = format!(
                "analytics counts {there} and the clients {}, {:.1} s after the last response",
                counts.got,
                after.as_secs_f64()
            );
            return Ok(Invariant::new(agrees, finding));
        }
        tokio::time::sleep(READ_EVERY).await;
    }
}

/// Returns `value` as a number, or `usize::MAX` if it is not a whole number.
fn count(value: &Value) -> usize {
    value.as_u64().and_then(|count| usize::try_from(count).ok()).unwrap_or(usize::MAX)
}

/// Returns the string in the field `field` of each successful response.
fn texts<'a>(responses: &'a [ClientResponse], field: &'a str) -> impl Iterator<Item = String> + 'a {
    super::invariants::successful(responses)
        .map(move |(_, data)| data[field].as_str().unwrap_or_default().to_owned())
}
