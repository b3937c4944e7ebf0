#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api;
mod contract;
mod cost;
mod coverage;
mod deals;
mod numbers;
mod numbers_deals;
mod observability;
mod restart;
mod runtime;
mod shop;
mod simulation;
mod terraform;
