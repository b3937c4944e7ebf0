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
