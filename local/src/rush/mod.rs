//! A rush: a crowd races over HTTP for something scarce, and at the end stands a table, and whether dibs has
//! kept its promises: exactly the stock went, and what the API shows afterwards is what the crowd was told.

mod api;
mod crowd;
mod own;
mod people;
mod prices;
mod prizes;
mod promises;
mod report;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use clap::{Args, ValueEnum};
use domain::{Code, Error, Result};
use indicatif::ProgressBar;
use serde_json::Value;

use api::{Api, Ask};
use own::Own;
use prizes::{Deal, Prize, Queue, Reward, Seats};
pub use promises::{Promise, Tally};
pub use report::{Bill, Latency, Report};

/// What the command is about, for its `--help`.
pub const ABOUT: &str = "\
Let a crowd race over HTTP for something scarce, and check that exactly the stock went.

Everybody sends one request, over connections that they share; who joins a queue then asks until they have a \
position. At the end stands a table: who got it, who was refused \
and why, errors, latency, and what it took of DynamoDB. Then it looks whether what the API shows is what the crowd was \
told. It ends with 1 when a promise was broken, a call failed, or somebody was refused for another reason than that \
nothing was left.

Units are those of functions and workers from the first request until everything that was due is done, refusals \
included; they are measured on a stack of the rush's own. The dollars are on-demand prices of us-east-1: DynamoDB's \
units, and a call each of API Gateway (HTTP API) and Lambda for every request. Not included: the time that functions \
take, the workers' own calls, SQS, logs, and what happens minutes later, when something is not paid.";

/// How many units there are when nothing is said.
const STOCK_DEFAULT: u32 = 100;

/// What everybody wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Kind {
    /// A unit of a time deal each.
    Deal,
    /// A seat each.
    Seats,
    /// A unit of a limited reward each.
    Reward,
    /// A place in a queue each, of which there is no end: every position is given once.
    Queue,
}

impl Kind {
    /// What it is counted in.
    const fn units(self) -> &'static str {
        match self {
            Self::Deal => "units of a deal",
            Self::Seats => "seats",
            Self::Reward => "units of a reward",
            Self::Queue => "places",
        }
    }

    /// What somebody has who got it.
    const fn order(self) -> &'static str {
        match self {
            Self::Deal => "order",
            Self::Seats => "reservation",
            Self::Reward => "request",
            Self::Queue => "place",
        }
    }
}

/// How a rush is to be.
#[derive(Args, Clone, Debug)]
pub struct Options {
    /// What everybody wants.
    #[arg(value_enum)]
    pub what: Kind,
    /// How many people come.
    #[arg(long, value_name = "COUNT", default_value_t = 1000,
        value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub buyers: u32,
    /// How many units there are, 100 when nothing is said; a date has at most 2,000 seats. Not for a queue.
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub stock: Option<u32>,
    /// How many connections they share. Each carries one call at a time, so a call waits for a connection before it is
    /// sent, and that does not count as latency.
    #[arg(long, value_name = "COUNT", default_value_t = 200,
        value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub connections: u32,
    /// The stack that is to be called.
    #[command(flatten)]
    pub running: Running,
}

/// A stack that runs already.
#[derive(Args, Clone, Debug, Default)]
pub struct Running {
    /// Call this stack, as `http://127.0.0.1:8080/api/v1`, and leave there what was put up. Without it a stack is
    /// started for the rush, in memory, on a free port of 127.0.0.1.
    #[arg(long, value_name = "URL")]
    pub url: Option<String>,
    /// An operator of that stack, who puts up what everybody wants. Buyers are then registered before the rush,
    /// which takes the hash and the check of a password each: some 50 ms of a processor there.
    #[arg(long, requires = "url", default_value = "operator@test.com")]
    pub email: String,
    /// The operator's password.
    #[arg(long, env = "DIBS_OPERATOR_PASSWORD", hide_env_values = true,
        default_value = crate::demo::PASSWORD)]
    pub password: String,
    /// The private key of that stack, as `dibs up --data FILE` keeps it in `FILE.signing-key.pem`: everybody's tokens
    /// are then made with it, and nobody is registered.
    #[arg(long, value_name = "FILE", requires = "url")]
    pub signing_key: Option<PathBuf>,
}

/// What the API is called with.
struct Stage {
    api: Api,
    operator: String,
    buyers: Arc<[String]>,
    connections: usize,
}

impl Stage {
    /// What an operator creates there.
    ///
    /// # Errors
    /// What came instead.
    async fn create(&self, path: &str, body: Value) -> Result<Value> {
        let mut created = self.api.expect(Some(&self.operator), Ask::post(path, body)).await?;
        Ok(created["data"].take())
    }
}

/// Lets the crowd race, while `progress` shows how far it is.
///
/// # Errors
/// When there can be no race: no stack, no sign-in, or nothing could be put up or looked at. A broken promise is none:
/// it is in the report.
pub async fn run(options: &Options, progress: &ProgressBar) -> Result<Report> {
    if options.what == Kind::Queue && options.stock.is_some() {
        return Err(failure("a queue takes everybody: leave out --stock"));
    }
    let Some(url) = &options.running.url else {
        progress.set_message("starting a stack");
        let own = Own::start().await?;
        let report = run_at(options, &own.base, Some(&own), progress).await;
        own.stop().await;
        return report;
    };
    run_at(options, url, None, progress).await
}

async fn run_at(options: &Options, base: &str, own: Option<&Own>, progress: &ProgressBar) -> Result<Report> {
    let connections = options.connections as usize;
    let api = Api::new(base, connections)?;
    let key = people::key(&options.running)?;
    let key = own.map(Own::tokens).or(key.as_ref());
    progress.set_length(options.buyers.into());
    let operator = people::operator(&api, &options.running, key).await?;
    let buyers = people::buyers(&api, key, options.buyers as usize, progress).await?;
    let stage = Stage { api, operator, buyers, connections };
    match options.what {
        Kind::Deal => hold::<Deal>(options, &stage, own, progress).await,
        Kind::Seats => hold::<Seats>(options, &stage, own, progress).await,
        Kind::Reward => hold::<Reward>(options, &stage, own, progress).await,
        Kind::Queue => hold::<Queue>(options, &stage, own, progress).await,
    }
}

async fn hold<P: Prize>(
    options: &Options,
    stage: &Stage,
    own: Option<&Own>,
    progress: &ProgressBar,
) -> Result<Report> {
    let buyers = stage.buyers.len();
    let stock = match options.what {
        Kind::Queue => buyers,
        _ => options.stock.unwrap_or(STOCK_DEFAULT) as usize,
    };
    let prize = P::put_up(stage, stock).await?;
    let asks = (0..buyers).map(|number| prize.ask(number)).collect();
    let before = bill(stage, own).await?;
    progress.set_position(0);
    progress.set_message("racing");
    let began = Instant::now();
    let told = crowd::race(&stage.api, &stage.buyers, asks, stage.connections, progress).await;
    let took = began.elapsed();
    progress.set_message("looking what is there");
    let (tally, latency) = (Tally::of(&told), Latency::of(&told));
    let mut promises = promises::of_any(&tally, buyers, stock, P::SOLD_OUT);
    let bill = if P::ASKS_AGAIN {
        promises.extend(prize.look(stage, &told, &tally).await?);
        bill(stage, own).await?
    } else {
        let bill = bill(stage, own).await?;
        promises.extend(prize.look(stage, &told, &tally).await?);
        bill
    };
    let bill = Bill { calls: bill.calls - before.calls, ..bill };
    let (kind, path, connections) = (options.what, prize.path(), stage.connections);
    Ok(Report { kind, buyers, stock, connections, path, tally, took, latency, bill, promises })
}

/// The calls so far, and the units since the last time that this was asked, after everything that is due is done.
async fn bill(stage: &Stage, own: Option<&Own>) -> Result<Bill> {
    let calls = stage.api.calls();
    let Some(own) = own else { return Ok(Bill { units: None, calls }) };
    own.rest().await?;
    Ok(Bill { units: Some(own.units()), calls })
}

/// Something that a person at a terminal is to read.
fn failure(says: impl Into<std::borrow::Cow<'static, str>>) -> Error {
    Error::refused(Code::InternalError, says)
}

#[cfg(test)]
mod tests;
