//! Functions behind queues, streams and schedules.

pub mod expire_holds;
pub mod relay_changes;
pub mod sweep_holds;

use runtime::Worker;

/// Every worker of this domain.
pub static WORKERS: &[&Worker] = &[&relay_changes::WORKER, &expire_holds::WORKER, &sweep_holds::WORKER];
