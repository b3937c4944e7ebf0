//! Money: a prepaid balance, its ledger, and payments.

pub mod handlers;
pub mod services;
mod views;
pub mod workers;

use edge::{Domain, Route};
use runtime::Worker;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain =
    Domain { name: "wallet", routes: ROUTES, workers: WORKERS, default_document: None };

/// Every route of this domain.
pub static ROUTES: &[&Route] = &[
    &handlers::get_balance::ROUTE,
    &handlers::charge_balance::ROUTE,
    &handlers::list_entries::ROUTE,
    &handlers::create_payment::ROUTE,
    &handlers::list_payments::ROUTE,
    &handlers::get_payment::ROUTE,
    &handlers::handle_payment_callback::ROUTE,
    &handlers::list_reports::ROUTE,
];

/// Every worker of this domain.
pub static WORKERS: &[&Worker] = &[&workers::relay_changes::WORKER];
