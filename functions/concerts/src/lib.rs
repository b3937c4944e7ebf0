//! Concerts: dates, seats, and reservations that hold seats.

pub mod handlers;
pub mod services;
pub mod views;
pub mod workers;

use dibs_http::Domain;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain = Domain {
    name: "concerts",
    description: "Concerts, their dates and seats, and reservations.",
    routes: handlers::ROUTES,
    workers: workers::WORKERS,
    default_document: None,
};
