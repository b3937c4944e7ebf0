//! Flows that handlers and workers share: domain rules and the store meet here.

pub mod admission;
pub mod place;
pub mod positions;
