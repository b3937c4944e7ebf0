//! Response types of the concerts API, by resource.

pub mod concert;
pub mod reservation;
