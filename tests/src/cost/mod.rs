//! Cost of each operation: write units, read units and sequential round trips, measured on the real routes
//! and workers, and compared with the budgets in `tests/cost/budgets.json`.

pub mod bench;
pub mod budgets;
pub mod campaigns;
pub mod flows;
pub mod meter;
pub mod recording_sqs;
pub mod streams;

use std::future::Future;

/// Runs `work` with simulated time: a measured call takes the bench's latency without real waiting.
pub fn in_paused_time<T>(work: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    builder.enable_all().start_paused(true).build().expect("a runtime").block_on(work)
}
