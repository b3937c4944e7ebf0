//! Figures of queues.

use domain::analytics::{Counters, at_queue, wait_percentile_seconds};
use schemars::JsonSchema;
use serde::Serialize;

use crate::views::timeline::{FiguresView, Timeline, shown};

/// Queue entries in a period.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "QueueFigures")]
pub struct QueueFigures {
    /// Number of entries that joined.
    joined: u64,
    /// Number of positions that were let in.
    let_in: u64,
    /// Number of users who left, before or after they were let in.
    gave_up: u64,
    /// Number of positions let in whose users did not come in time.
    no_shows: u64,
    /// Number of positions let in whose users paid.
    served: u64,
    /// Number of positions let in whose time was over before a payment.
    expired: u64,
    /// Waiting time, in seconds, within which half of the users were let in, of those who came afterwards. It is at
    /// most 9.1 % off; null if nobody came.
    wait_p50_seconds: Option<f64>,
    /// Waiting time, in seconds, within which 95 of 100 of them were let in. It is at most 9.1 % off; null if
    /// nobody came.
    wait_p95_seconds: Option<f64>,
}

impl QueueFigures {
    /// Returns the figures of `counters`.
    pub fn of(counters: &Counters) -> Self {
        let number = |counter| shown(counters.get(counter));
        let wait = |percent| {
            wait_percentile_seconds(counters, percent).map(|seconds| (seconds * 10.0).round() / 10.0)
        };
        Self {
            joined: number(at_queue::JOINED),
            let_in: number(at_queue::ADMITTED),
            gave_up: number(at_queue::LEFT),
            no_shows: number(at_queue::NO_SHOWS),
            served: number(at_queue::SERVED),
            expired: number(at_queue::EXPIRED),
            wait_p50_seconds: wait(50),
            wait_p95_seconds: wait(95),
        }
    }
}

impl FiguresView for QueueFigures {
    const COLUMNS: &'static [&'static str] = &[
        "joined",
        "let_in",
        "gave_up",
        "no_shows",
        "served",
        "expired",
        "wait_p50_seconds",
        "wait_p95_seconds",
    ];

    fn cells(&self) -> Vec<String> {
        let numbers = [self.joined, self.let_in, self.gave_up, self.no_shows, self.served, self.expired];
        let waits = [self.wait_p50_seconds, self.wait_p95_seconds];
        let waits = waits.map(|seconds| seconds.map(|seconds| seconds.to_string()).unwrap_or_default());
        [numbers.map(|one| one.to_string()).to_vec(), waits.to_vec()].concat()
    }
}

/// Figures of queues.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "QueueAnalytics")]
pub struct QueueAnalytics(pub Timeline<QueueFigures>);
