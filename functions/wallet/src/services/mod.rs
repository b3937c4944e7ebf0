//! Flows that handlers and workers share: domain rules and the store meet here.

pub mod callbacks;
pub mod ledger;
pub mod payments;
pub mod purchasables;
