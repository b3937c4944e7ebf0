mod api;
mod cost;
mod runtime;
mod simulation;
