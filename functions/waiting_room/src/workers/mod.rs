//! Functions behind queues, streams and schedules.

pub mod relay_changes;
pub mod run_rooms;
pub mod sweep_rooms;
