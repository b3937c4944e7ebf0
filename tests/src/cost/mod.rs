//! What each operation costs: write units, read units and trips, measured on the real routes and workers,
//! held against the budgets in `tests/cost/budgets.json`.

pub mod bench;
pub mod budgets;
pub mod flows;
pub mod meter;
pub mod post;
pub mod setting;
pub mod streams;

use std::future::Future;

/// Runs `work` where time is simulated: a measured call takes as long as the bench says, and nobody waits for
/// it.
pub fn in_paused_time<T>(work: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().expect("a runtime").block_on(work)
}
