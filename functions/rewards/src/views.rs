//! Response types of the rewards API, by resource.

pub mod activity;
pub mod campaign;
pub mod claim;
pub mod csv;
pub mod inventory;
pub mod offer;
pub mod reward;
pub mod reward_create;
