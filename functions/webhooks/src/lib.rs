//! Webhooks: endpoints of companies that receive domain events.

pub mod handlers;
pub mod services;
mod views;
pub mod workers;

use dibs_http::Domain;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain = Domain {
    name: "webhooks",
    description: "Webhooks: endpoints of companies that receive domain events.",
    routes: handlers::ROUTES,
    workers: workers::WORKERS,
    default_document: None,
};
