//! Functions behind queues, streams and schedules.

pub mod relay_changes;
