//! Endpoints, one a file: parse, authorize, one call of a service or the store, a typed reply.

pub mod add_codes;
pub mod claim_reward;
pub mod claim_rewards;
pub mod create_campaign;
pub mod create_offer;
pub mod create_reward;
pub mod decide_claim;
pub mod decide_claims;
pub mod delete_campaign;
pub mod delete_offer;
pub mod evaluate_campaign;
pub mod get_campaign;
pub mod get_claim;
pub mod get_reward;
pub mod list_campaigns;
pub mod list_claims;
pub mod list_inventory;
pub mod list_my_activities;
pub mod list_my_claims;
pub mod list_offers;
pub mod list_points;
pub mod list_rewards;
pub mod record_activities;
pub mod update_campaign;
pub mod update_offer;

use dibs_http::Route;

/// Every route of this domain, in the order of the OpenAPI document.
pub static ROUTES: &[&Route] = &[
    &record_activities::ROUTE,
    &list_my_activities::ROUTE,
    &list_campaigns::ROUTE,
    &get_campaign::ROUTE,
    &create_campaign::ROUTE,
    &update_campaign::ROUTE,
    &delete_campaign::ROUTE,
    &create_reward::ROUTE,
    &list_rewards::ROUTE,
    &get_reward::ROUTE,
    &add_codes::ROUTE,
    &list_offers::ROUTE,
    &create_offer::ROUTE,
    &update_offer::ROUTE,
    &delete_offer::ROUTE,
    &list_inventory::ROUTE,
    &list_points::ROUTE,
    &evaluate_campaign::ROUTE,
    &claim_rewards::ROUTE,
    &claim_reward::ROUTE,
    &list_my_claims::ROUTE,
    &list_claims::ROUTE,
    &get_claim::ROUTE,
    &decide_claim::ROUTE,
    &decide_claims::ROUTE,
];
