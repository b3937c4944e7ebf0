//! Functions behind schedules.

pub mod archive_entries;
pub mod publish_roots;

use runtime::Worker;

/// Every worker of this domain.
pub static WORKERS: &[&Worker] = &[&publish_roots::WORKER, &archive_entries::WORKER];
