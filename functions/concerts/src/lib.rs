//! Concerts: dates, seats, and reservations that hold seats.

pub mod handlers;
pub mod services;
mod views;
pub mod workers;

use edge::{Domain, Route};
use runtime::Worker;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain =
    Domain { name: "concerts", routes: ROUTES, workers: WORKERS, default_document: None };

/// Every route of this domain.
pub static ROUTES: &[&Route] = &[
    &handlers::create_concert::ROUTE,
    &handlers::list_concerts::ROUTE,
    &handlers::get_concert::ROUTE,
    &handlers::create_date::ROUTE,
    &handlers::list_dates::ROUTE,
    &handlers::list_seats::ROUTE,
    &handlers::create_reservation::ROUTE,
    &handlers::list_reservations::ROUTE,
    &handlers::get_reservation::ROUTE,
    &handlers::cancel_reservation::ROUTE,
];

/// Every worker of this domain.
pub static WORKERS: &[&Worker] =
    &[&workers::relay_changes::WORKER, &workers::expire_holds::WORKER, &workers::sweep_holds::WORKER];
