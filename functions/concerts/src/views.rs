//! What clients see.

pub mod concert;
pub mod reservation;
