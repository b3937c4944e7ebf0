//! Functions behind queues, streams and schedules.

pub mod create_notifications;
pub mod send_due;
pub mod send_mails;

use runtime::Worker;

/// Every worker of this domain.
pub static WORKERS: &[&Worker] = &[&create_notifications::WORKER, &send_due::WORKER, &send_mails::WORKER];
