//! Support code of dibs's tests: the harness of the API tests, the store contract, the cost table, the load
//! tests, the simulation, and the generators of committed files.

pub mod concurrent_clients;
pub mod contract;
pub mod cost;
pub mod examples;
pub mod follower;
pub mod generate;
pub mod grants;
pub mod harness;
pub mod history_recorder;
pub mod process;
pub mod processor;
pub mod replies;
pub mod runtime_api;
pub mod rush;
pub mod simulation;
pub mod source;
pub mod staff;

pub use assertions::assert_each_eq;
