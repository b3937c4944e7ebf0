//! Functions behind queues, streams and schedules.

pub mod expire_holds;
pub mod relay_changes;
pub mod sweep_holds;
