//! Figures of events, rewards, users, sales and queues, by hour and by day.

pub mod handlers;
pub mod services;
mod views;
pub mod workers;

use dibs_http::Domain;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain = Domain {
    name: "analytics",
    description: "Figures of events, rewards, users, sales and queues, by hour and by day.",
    routes: handlers::ROUTES,
    workers: workers::WORKERS,
    default_document: None,
};
