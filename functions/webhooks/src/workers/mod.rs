//! Functions behind queues and schedules.

pub mod fan_out_events;
pub mod resume_sending;
pub mod send_events;

use runtime::Worker;

/// Every worker of this domain.
pub static WORKERS: &[&Worker] = &[&fan_out_events::WORKER, &send_events::WORKER, &resume_sending::WORKER];
