//! API tests, one file per endpoint, in the structure of `functions/`.

mod auth;
mod checks;
mod concerts;
mod deals;
mod edges;
mod late_replicas;
mod outbox;
mod platform;
mod queue;
mod rewards;
mod wallet;
