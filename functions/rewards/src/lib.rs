//! Events and rewards: campaigns, their offers, recorded activities, claims and grants.

pub mod handlers;
pub mod services;
pub mod views;
pub mod workers;

use dibs_http::Domain;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain = Domain {
    name: "rewards",
    description: "Events, their rewards and conditions, activities of users, and requests for rewards.",
    routes: handlers::ROUTES,
    workers: workers::WORKERS,
    default_document: None,
};
