//! Waiting rooms: who is let in, in order of arrival.

pub mod handlers;
pub mod services;
mod views;
pub mod workers;

use edge::{Domain, Route};
use runtime::Worker;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain =
    Domain { name: "waiting-room", routes: ROUTES, workers: WORKERS, default_document: None };

/// Every route of this domain.
pub static ROUTES: &[&Route] = &[
    &handlers::create_queue::ROUTE,
    &handlers::update_queue::ROUTE,
    &handlers::list_queues::ROUTE,
    &handlers::get_queue::ROUTE,
    &handlers::join_queue::ROUTE,
    &handlers::get_position::ROUTE,
    &handlers::leave_queue::ROUTE,
];

/// Every worker of this domain.
pub static WORKERS: &[&Worker] =
    &[&workers::relay_changes::WORKER, &workers::run_rooms::WORKER, &workers::sweep_rooms::WORKER];
