//! Endpoints for operators and client developers: health, the OpenAPI document, a page to try it, and the answer for addresses without a route.

pub mod handlers;

use edge::{Domain, Route};

pub use handlers::openapi::DOCUMENT;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain =
    Domain { name: "platform", routes: ROUTES, workers: &[], default_document: Some(DOCUMENT) };

/// Every route of this domain.
pub static ROUTES: &[&Route] = &[&handlers::health::ROUTE, &handlers::openapi::ROUTE, &handlers::docs::ROUTE];
