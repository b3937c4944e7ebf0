//! Flows that several functions share.

pub mod periods;
pub mod recount;
