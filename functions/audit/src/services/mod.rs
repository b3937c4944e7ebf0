//! Services that handlers and workers share.

pub mod by_subject;
pub mod by_time;
pub mod filter;
