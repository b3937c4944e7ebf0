//! What the tests of dibs stand on: the harness of the API tests, and the simulation.

pub mod cost;
pub mod harness;
pub mod runtime_api;
pub mod simulation;
