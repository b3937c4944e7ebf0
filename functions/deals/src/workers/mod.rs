//! Functions behind queues, streams and schedules.

pub mod advance_deals;
pub mod close_orders;
pub mod relay_changes;

use runtime::Worker;

/// Every worker of this domain.
pub static WORKERS: &[&Worker] = &[&relay_changes::WORKER, &close_orders::WORKER, &advance_deals::WORKER];
