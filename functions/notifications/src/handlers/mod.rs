//! Endpoints, one a file: parse, authorize, one call of a service or the store, a typed reply.

pub mod get_preferences;
pub mod list_rules;
pub mod unsubscribe;
pub mod update_preferences;
pub mod update_rule;

use dibs_http::Route;

/// Every route of this domain, in the order of the OpenAPI document.
pub static ROUTES: &[&Route] = &[
    &get_preferences::ROUTE,
    &update_preferences::ROUTE,
    &unsubscribe::ROUTE,
    &list_rules::ROUTE,
    &update_rule::ROUTE,
];
