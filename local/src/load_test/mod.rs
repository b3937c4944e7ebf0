//! Load test: many clients compete over HTTP for a limited stock. It prints a table, and checks the
//! invariants: exactly the stock was given out, and the API shows afterwards what the clients were told.

mod clients;
mod credentials;
mod invariants;
mod own_stack;
mod prices;
mod report;
mod scenarios;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::{Args, ValueEnum};
use domain::Result;
use indicatif::ProgressBar;
use serde_json::Value;

use crate::api_client::{Api, RequestSpec, failure};
pub use invariants::{Invariant, ResponseCounts};
use own_stack::OwnStack;
pub use report::{Bill, Latency, Report};
use scenarios::{Deal, Race, Reward, Scenario, Seats, WaitingRoom, compare_analytics};

/// Long help text of the command.
pub const ABOUT: &str = "\
Run a load test over HTTP: many clients compete for a limited stock, and the test checks that exactly the \
stock was given out.

Each client sends one request, over connections that all clients share. A client that joins a queue polls \
afterwards until it has a position. The report shows how many requests succeeded, how many were refused with \
which error code, how many failed, the latency, and the consumption of DynamoDB. Then the test compares what \
the API shows, and what analytics counts within five seconds, with the responses that the clients got. The exit code is 1 if an invariant is violated, a \
request failed, or a client was refused for another reason than that nothing was left.

The consumption is that of functions and workers from the first request until all due work is done, refused \
requests included. It is measured only on a stack that the test starts itself. The costs are on-demand prices \
of us-east-1 in US dollars: request units of DynamoDB, and one call each of API Gateway (HTTP API) and Lambda \
for every request. Not included: the duration of functions, the workers' own invocations, SQS, logs, and what \
happens minutes later when something is not paid.";

/// Number of units if the option `--stock` is absent.
const STOCK_DEFAULT: u32 = 100;

/// Scenario of a load test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ScenarioKind {
    /// One unit of a time deal per client
    Deal,
    /// One seat per client
    Seats,
    /// One unit of a limited reward per client
    Reward,
    /// One position in a waiting room per client; it has no limit, and every position is given once
    Queue,
}

impl ScenarioKind {
    /// Returns the name of what the clients compete for, in the plural.
    const fn units(self) -> &'static str {
        match self {
            Self::Deal => "units of a deal",
            Self::Seats => "seats",
            Self::Reward => "units of a reward",
            Self::Queue => "positions",
        }
    }

    /// Returns the name of what a successful client gets, in the singular.
    const fn order(self) -> &'static str {
        match self {
            Self::Deal => "order",
            Self::Seats => "reservation",
            Self::Reward => "request",
            Self::Queue => "position",
        }
    }
}

/// Command-line options of a load test.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// Scenario to run
    #[arg(value_enum, required_unless_present = "demo")]
    pub what: Option<ScenarioKind>,
    /// Start the small crowd of a running demo, and follow it
    ///
    /// The crowd claims, orders and takes seats for about a minute on the stack at --url, by default that of `cargo run`,
    /// so that dashboards, queue and stock move while somebody looks. The console has a button for it, too.
    #[arg(long, conflicts_with_all = ["what", "stock", "buyers", "connections", "signing_key"])]
    pub demo: bool,
    /// Number of clients
    #[arg(long, value_name = "COUNT", default_value_t = 1000,
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub buyers: u32,
    /// Number of units, 100 if absent; a date has at most 2,000 seats. Not allowed for a queue
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub stock: Option<u32>,
    /// Number of connections that the clients share
    ///
    /// Each connection carries one call at a time. The time for which a call waits for a connection does not
    /// count as latency.
    #[arg(long, value_name = "COUNT", default_value_t = 200,
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub connections: u32,
    /// Options for a stack that is already running.
    #[command(flatten)]
    pub running: Running,
}

/// Options for a stack that is already running.
#[derive(Args, Clone, Debug, Default)]
pub struct Running {
    /// URL of a running stack, such as `http://127.0.0.1:8080/api/v1`
    ///
    /// What the load test creates there stays. Without this option, the load test starts its own stack in
    /// memory, on a free port of 127.0.0.1.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// Email of an operator of the running stack, who creates what the clients compete for
    ///
    /// The clients are registered before the load test. Each registration hashes and verifies a password,
    /// which takes about 50 ms of processor time there.
    #[arg(long, requires = "url", default_value = "operator@test.com")]
    pub email: String,
    /// Password of the operator
    #[arg(long, env = "DIBS_OPERATOR_PASSWORD", hide_env_values = true,
        default_value = crate::demo::PASSWORD)]
    pub password: String,
    /// File with the private signing key of the running stack
    ///
    /// `dibs up --data FILE` keeps the key in `FILE.signing-key.pem`. With it, the load test signs all access
    /// tokens itself, and registers nobody.
    #[arg(long, value_name = "FILE", requires = "url")]
    pub signing_key: Option<PathBuf>,
}

/// API client of a load test, with the access tokens of the operator and of the clients.
struct TestContext {
    api: Api,
    operator: String,
    buyers: Arc<[String]>,
    connections: usize,
}

impl TestContext {
    /// Creates a resource as the operator, and returns the `data` of the response.
    ///
    /// # Errors
    /// Fails with the response if it is not a success.
    async fn create(&self, path: &str, body: Value) -> Result<Value> {
        let mut created = self.api.expect(Some(&self.operator), RequestSpec::post(path, body)).await?;
        Ok(created["data"].take())
    }
}

/// Runs the load test that `options` describe, and shows its progress in `progress`.
///
/// # Errors
/// Fails if the test cannot run: there is no stack, the operator cannot sign in, or a resource cannot be
/// created or read. A violated invariant is not an error: the report contains it.
pub async fn run(options: &Options, progress: &ProgressBar) -> Result<Report> {
    let Some(kind) = options.what else {
        return Err(failure("Name a scenario: deal, seats, reward or queue"));
    };
    if kind == ScenarioKind::Queue && options.stock.is_some() {
        return Err(failure("A queue has no limit: omit --stock"));
    }
    let Some(url) = &options.running.url else {
        progress.set_message("starting a stack");
        let own = OwnStack::start().await?;
        let report = run_at(kind, options, &own.base, Some(&own), progress).await;
        own.stop().await;
        return report;
    };
    run_at(kind, options, url, None, progress).await
}

async fn run_at(
    kind: ScenarioKind,
    options: &Options,
    base: &str,
    own: Option<&OwnStack>,
    progress: &ProgressBar,
) -> Result<Report> {
    let connections = options.connections as usize;
    let api = Api::new(base, connections)?;
    let key = credentials::key(&options.running)?;
    let key = own.map(OwnStack::tokens).or(key.as_ref());
    progress.set_length(options.buyers.into());
    let operator = credentials::operator(&api, &options.running, key).await?;
    let buyers = credentials::buyers(&api, key, options.buyers as usize, progress).await?;
    let context = TestContext { api, operator, buyers, connections };
    match kind {
        ScenarioKind::Deal => run_scenario::<Deal>(kind, options, &context, own, progress).await,
        ScenarioKind::Seats => run_scenario::<Seats>(kind, options, &context, own, progress).await,
        ScenarioKind::Reward => run_scenario::<Reward>(kind, options, &context, own, progress).await,
        ScenarioKind::Queue => run_scenario::<WaitingRoom>(kind, options, &context, own, progress).await,
    }
}

async fn run_scenario<P: Scenario>(
    kind: ScenarioKind,
    options: &Options,
    context: &TestContext,
    own: Option<&OwnStack>,
    progress: &ProgressBar,
) -> Result<Report> {
    let buyers = context.buyers.len();
    let stock = match kind {
        ScenarioKind::Queue => buyers,
        _ => options.stock.unwrap_or(STOCK_DEFAULT) as usize,
    };
    let scenario = P::set_up(context, stock).await?;
    let requests = (0..buyers).map(|number| scenario.request(number)).collect();
    let before = bill(context, own).await?;
    progress.set_position(0);
    progress.set_message("sending requests");
    let began = Instant::now();
    let responses =
        clients::send_all(&context.api, &context.buyers, requests, context.connections, progress).await;
    let (took, ended) = (began.elapsed(), Instant::now());
    progress.set_message("checking the invariants");
    let (counts, latency) = (ResponseCounts::of(&responses), Latency::of(&responses));
    let race = Race { context, responses: &responses, counts: &counts };
    let mut invariants = invariants::check_common(&counts, buyers, stock, P::SOLD_OUT);
    let calls = context.api.calls();
    invariants.push(compare_analytics(&scenario, race, ended).await?);
    // The clients do not pay for the reads of the comparison.
    let compared = context.api.calls() - calls;
    let bill = if P::POLLS_AFTERWARDS {
        invariants.extend(scenario.verify(race).await?);
        bill(context, own).await?
    } else {
        let bill = bill(context, own).await?;
        invariants.extend(scenario.verify(race).await?);
        bill
    };
    let bill = Bill { calls: bill.calls - before.calls - compared, ..bill };
    let (path, connections) = (scenario.path(), context.connections);
    Ok(Report { kind, buyers, stock, connections, path, counts, took, latency, bill, invariants })
}

/// Waits until all due work is done. Returns the number of API calls since the start, and the units consumed
/// since the previous call of this function.
async fn bill(context: &TestContext, own: Option<&OwnStack>) -> Result<Bill> {
    let calls = context.api.calls();
    let Some(own) = own else { return Ok(Bill { units: None, calls }) };
    own.rest().await?;
    Ok(Bill { units: Some(own.units()), calls })
}

#[cfg(test)]
mod tests;
