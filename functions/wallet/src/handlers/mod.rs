//! Endpoints, one a file: parse, authorize, one call of a service or the store, a typed reply.

pub mod charge_balance;
pub mod create_payment;
pub mod get_balance;
pub mod get_payment;
pub mod handle_payment_callback;
pub mod list_entries;
pub mod list_payments;
pub mod list_reports;

use dibs_http::Route;

/// Every route of this domain, in the order of the OpenAPI document.
pub static ROUTES: &[&Route] = &[
    &get_balance::ROUTE,
    &charge_balance::ROUTE,
    &list_entries::ROUTE,
    &create_payment::ROUTE,
    &list_payments::ROUTE,
    &get_payment::ROUTE,
    &handle_payment_callback::ROUTE,
    &list_reports::ROUTE,
];
