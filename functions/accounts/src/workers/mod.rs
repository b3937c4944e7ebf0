//! Functions behind queues, streams and schedules.

pub mod relay_changes;

use runtime::Worker;

/// Every worker of this domain.
pub static WORKERS: &[&Worker] = &[&relay_changes::WORKER];
