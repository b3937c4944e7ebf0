//! Functions behind queues, streams and schedules.

pub mod relay_changes;
pub mod run_rooms;
pub mod sweep_rooms;

use runtime::Worker;

/// Every worker of this domain.
pub static WORKERS: &[&Worker] = &[&relay_changes::WORKER, &run_rooms::WORKER, &sweep_rooms::WORKER];
