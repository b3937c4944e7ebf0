//! Response types of the time-deal API, by resource.

pub mod deal;
pub mod order;
pub mod product;
