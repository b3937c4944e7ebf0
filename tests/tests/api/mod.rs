//! API tests, one file per endpoint, in the structure of `functions/`.

mod accounts;
mod analytics;
mod audit;
mod checks;
mod concerts;
mod deals;
mod edges;
mod late_replicas;
mod live;
mod notifications;
mod outbox;
mod platform;
mod resource_events;
mod rewards;
mod waiting_room;
mod wallet;
mod webhooks;
