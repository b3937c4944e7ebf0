//! Endpoints, one a file: parse, authorize, one call of a service or the store, a typed reply.

pub mod docs;
pub mod get_event_schema;
pub mod health;
pub mod list_dead_letters;
pub mod openapi;
pub mod redrive_dead_letters;

use dibs_http::Route;

/// Every route of this domain, in the order of the OpenAPI document.
pub static ROUTES: &[&Route] = &[
    &health::ROUTE,
    &openapi::ROUTE,
    &get_event_schema::ROUTE,
    &docs::ROUTE,
    &list_dead_letters::ROUTE,
    &redrive_dead_letters::ROUTE,
];
