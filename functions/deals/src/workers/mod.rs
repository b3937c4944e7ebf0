//! Functions behind queues, streams and schedules.

pub mod advance_deals;
pub mod close_orders;
pub mod relay_changes;
