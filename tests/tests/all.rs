#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod api;
mod contract;
mod cost;
mod coverage;
mod deals;
mod examples;
mod generated;
mod local_tool;
mod numbers;
mod numbers_analytics;
mod numbers_deals;
mod observability;
mod older_data;
mod overtaken;
mod regressions;
mod restart;
mod runtime;
mod shop;
mod simulation;
mod source;
mod terraform;
mod walkthrough;
mod web;
