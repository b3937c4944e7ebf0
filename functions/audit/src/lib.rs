//! Audit entries, their hourly roots and their export.

pub mod handlers;
mod services;
mod views;
pub mod workers;

use dibs_http::Domain;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain = Domain {
    name: "audit",
    description: "Audit entries, their hourly roots and their export.",
    routes: handlers::ROUTES,
    workers: workers::WORKERS,
    default_document: None,
};
