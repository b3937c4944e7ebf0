//! Functions behind queues, streams and schedules.

pub mod send_mails;

use runtime::Worker;

/// Every worker of this domain.
pub static WORKERS: &[&Worker] = &[&send_mails::WORKER];
