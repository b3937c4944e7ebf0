//! Flows that handlers and workers share.

pub mod events;
pub mod lane_run;
pub mod lanes;
pub mod replays;
pub mod secrets;
