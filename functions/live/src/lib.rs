//! Live updates: tickets, snapshots, and the messages over WebSockets.

pub mod handlers;
pub mod services;
pub mod views;
pub mod workers;

use dibs_http::Domain;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain = Domain {
    name: "live",
    description: "Live updates: tickets for the WebSocket API, and snapshots for clients that poll.",
    routes: handlers::ROUTES,
    workers: workers::WORKERS,
    default_document: None,
};
