//! Flows that handlers and workers share: domain rules and the store meet here.

pub mod callbacks;
pub mod goods;
pub mod ledger;
pub mod payments;
