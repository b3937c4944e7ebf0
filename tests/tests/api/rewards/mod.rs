//! Events and rewards.

mod add_codes;
mod claim_reward;
mod claim_rewards;
mod conditions;
mod create_campaign;
mod create_offer;
mod create_reward;
mod decide_claim;
mod decide_claims;
mod delete_campaign;
mod delete_offer;
mod evaluate_campaign;
mod external_conditions;
mod fulfilment;
mod limits;
mod list_campaigns;
mod list_claims;
mod list_claims_csv;
mod list_inventory;
mod list_my_activities;
mod list_my_claims;
mod list_offers;
mod list_points;
mod list_rewards;
mod read_campaign;
mod read_claim;
mod read_reward;
mod record_activities;
mod update_campaign;
mod update_offer;

use super::checks::{bodies_are_checked, each, guarded, pages, paging_is_checked};
