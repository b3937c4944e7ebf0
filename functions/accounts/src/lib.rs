//! Accounts: registration, sign-in and sessions, one's own account, and administration of all accounts.

pub mod handlers;
pub mod services;
mod views;
pub mod workers;

use edge::{Domain, Route};
use runtime::Worker;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain =
    Domain { name: "accounts", routes: ROUTES, workers: WORKERS, default_document: None };

/// Every route of this domain.
pub static ROUTES: &[&Route] = &[
    &handlers::register::ROUTE,
    &handlers::login::ROUTE,
    &handlers::refresh::ROUTE,
    &handlers::logout::ROUTE,
    &handlers::get_account::ROUTE,
    &handlers::update_account::ROUTE,
    &handlers::delete_account::ROUTE,
    &handlers::list_users::ROUTE,
    &handlers::get_user_by_email::ROUTE,
    &handlers::get_user::ROUTE,
    &handlers::update_roles::ROUTE,
    &handlers::update_status::ROUTE,
    &handlers::get_jwks::ROUTE,
];

/// Every worker of this domain.
pub static WORKERS: &[&Worker] = &[&workers::relay_changes::WORKER];
