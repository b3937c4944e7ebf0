//! Messages to users by mail and webhook: templates in Korean and English, rules, preferences and quiet hours.

pub mod handlers;
pub mod services;
mod views;
pub mod workers;

use dibs_http::Domain;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain = Domain {
    name: "notifications",
    description: "Messages to users by mail and webhook: templates in Korean and English, rules, preferences and quiet hours.",
    routes: handlers::ROUTES,
    workers: workers::WORKERS,
    default_document: None,
};
