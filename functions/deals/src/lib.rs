//! Time deals: products sold at a discount from a limited stock.

pub mod handlers;
pub mod services;
pub mod views;
pub mod workers;

use dibs_http::Domain;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain = Domain {
    name: "deals",
    description: "Products, time deals and orders.",
    routes: handlers::ROUTES,
    workers: workers::WORKERS,
    default_document: None,
};
