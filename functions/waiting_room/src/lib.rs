//! Waiting rooms: positions in order of arrival, and admission to events, concerts and time deals.

pub mod handlers;
pub mod services;
pub mod views;
pub mod workers;

use dibs_http::Domain;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain = Domain {
    name: "waiting-room",
    description: "Queues that admit users to a guarded event, concert or time deal.",
    routes: handlers::ROUTES,
    workers: workers::WORKERS,
    default_document: None,
};
