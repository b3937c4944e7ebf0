//! Functions behind queues, streams and schedules.

pub mod count_activities;
pub mod grant_rewards;
pub mod relay_changes;
pub mod settle_reservations;

use runtime::Worker;

/// Every worker of this domain.
pub static WORKERS: &[&Worker] = &[
    &relay_changes::WORKER,
    &grant_rewards::WORKER,
    &count_activities::WORKER,
    &settle_reservations::WORKER,
];
