//! Endpoints for operators and client developers: health, the OpenAPI document, a page to try it, and the
//! response for addresses without a route.

pub mod handlers;

use dibs_http::Domain;

pub use handlers::openapi::DOCUMENT;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain = Domain {
    name: "platform",
    description: "Health, this document, and the page that shows it.",
    routes: handlers::ROUTES,
    workers: &[],
    default_document: Some(DOCUMENT),
};
