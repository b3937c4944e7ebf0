//! Workers of this domain, behind queues, streams and schedules.

pub mod maintain_figures;

use runtime::Worker;

/// Every worker of this domain.
pub static WORKERS: &[&Worker] = &[&maintain_figures::WORKER];
