//! Functions behind queues, streams and schedules.

pub mod count_activities;
pub mod grant_rewards;
pub mod relay_changes;
pub mod settle_reservations;
