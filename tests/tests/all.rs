mod api;
mod contract;
mod cost;
mod numbers;
mod runtime;
mod simulation;
