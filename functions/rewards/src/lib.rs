//! Events and rewards: campaigns, their offers, recorded activities, claims and grants.

pub mod handlers;
pub mod services;
mod views;
pub mod workers;

use edge::{Domain, Route};
use runtime::Worker;

/// Functions of this domain, served by one binary.
pub static DOMAIN: Domain =
    Domain { name: "rewards", routes: ROUTES, workers: WORKERS, default_document: None };

/// Every route of this domain.
pub static ROUTES: &[&Route] = &[
    &handlers::record_activities::ROUTE,
    &handlers::list_my_activities::ROUTE,
    &handlers::list_campaigns::ROUTE,
    &handlers::get_campaign::ROUTE,
    &handlers::create_campaign::ROUTE,
    &handlers::update_campaign::ROUTE,
    &handlers::delete_campaign::ROUTE,
    &handlers::create_reward::ROUTE,
    &handlers::list_rewards::ROUTE,
    &handlers::get_reward::ROUTE,
    &handlers::add_codes::ROUTE,
    &handlers::list_offers::ROUTE,
    &handlers::create_offer::ROUTE,
    &handlers::update_offer::ROUTE,
    &handlers::delete_offer::ROUTE,
    &handlers::list_inventory::ROUTE,
    &handlers::list_points::ROUTE,
    &handlers::evaluate_campaign::ROUTE,
    &handlers::claim_rewards::ROUTE,
    &handlers::claim_reward::ROUTE,
    &handlers::list_my_claims::ROUTE,
    &handlers::list_claims::ROUTE,
    &handlers::get_claim::ROUTE,
    &handlers::decide_claim::ROUTE,
    &handlers::decide_claims::ROUTE,
];

/// Every worker of this domain.
pub static WORKERS: &[&Worker] = &[
    &workers::relay_changes::WORKER,
    &workers::grant_rewards::WORKER,
    &workers::count_activities::WORKER,
    &workers::settle_reservations::WORKER,
];
