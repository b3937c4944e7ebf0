//! What clients see.

pub mod deal;
pub mod order;
pub mod product;
