//! Money: a prepaid balance, its ledger, and payments.

pub mod handlers;
pub mod services;
mod views;
pub mod workers;

use dibs_http::Domain;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain = Domain {
    name: "wallet",
    description: "Balances and payments.",
    routes: handlers::ROUTES,
    workers: workers::WORKERS,
    default_document: None,
};
