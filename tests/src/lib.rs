//! What the tests of dibs stand on: the harness of the API tests, and the simulation.

pub mod contract;
pub mod cost;
pub mod crowd;
pub mod grants;
pub mod harness;
pub mod process;
pub mod processor;
pub mod runtime_api;
pub mod rush;
pub mod simulation;
pub mod staff;
pub mod witness;
