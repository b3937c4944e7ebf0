//! Time deals: products sold at a discount from a limited stock.

pub mod handlers;
pub mod services;
mod views;
pub mod workers;

use edge::{Domain, Route};
use runtime::Worker;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain =
    Domain { name: "deals", routes: ROUTES, workers: WORKERS, default_document: None };

/// Every route of this domain.
pub static ROUTES: &[&Route] = &[
    &handlers::create_product::ROUTE,
    &handlers::update_product::ROUTE,
    &handlers::list_products::ROUTE,
    &handlers::get_product::ROUTE,
    &handlers::create_deal::ROUTE,
    &handlers::update_deal::ROUTE,
    &handlers::list_deals::ROUTE,
    &handlers::get_deal::ROUTE,
    &handlers::create_order::ROUTE,
    &handlers::list_orders::ROUTE,
    &handlers::get_order::ROUTE,
    &handlers::list_order_events::ROUTE,
    &handlers::cancel_order::ROUTE,
    &handlers::request_payment::ROUTE,
];

/// Every worker of this domain.
pub static WORKERS: &[&Worker] =
    &[&workers::relay_changes::WORKER, &workers::close_orders::WORKER, &workers::advance_deals::WORKER];
