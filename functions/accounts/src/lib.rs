//! Accounts: registration, sign-in and sessions, one's own account, and administration of all accounts.

pub mod handlers;
pub mod services;
mod views;
pub mod workers;

use dibs_http::Domain;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain = Domain {
    name: "accounts",
    description: "Accounts, sign-in, roles and the keys of access tokens.",
    routes: handlers::ROUTES,
    workers: workers::WORKERS,
    default_document: None,
};
