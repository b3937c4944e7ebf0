//! Tests of events and rewards.

mod abandoned;
mod add_codes;
mod audit;
mod barred_recipients;
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
mod external_checks;
mod external_conditions;
mod first_success;
mod former_accounts;
mod fulfilment;
mod get_campaign;
mod get_claim;
mod get_reward;
mod largest;
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
mod record_activities;
mod unknown_outcomes;
mod update_campaign;
mod update_offer;
mod worklist;

use dibs_tests::harness::{Call, Caller, TestApp};
use serde_json::json;

use super::checks::{bodies_are_checked, each, guarded, pages, paging_is_checked};

/// Checks that `claim`, a request of a user to a guarded event, is refused without a write unless the event's
/// waiting room has admitted the user.
async fn the_queue_is_asked(app: &TestApp, claim: impl Fn(&Caller, &str, &str) -> Call) {
    let mut queues = Vec::new();
    for name in ["this", "another"] {
        let body = json!({"name": name, "capacity": 10, "admissions_per_second": 10});
        let queue = app.operator().post("/queues", body).await.expect(201);
        queues.push(queue["id"].as_str().unwrap().to_owned());
    }
    let (event, reward) = app.event_with(json!({"queue_id": queues[0]}), json!({})).await;
    let user = app.user();
    let late = app.queue_token(&queues[0], &user, 9);
    app.pass_seconds(60);
    let tables = app.tables().await;
    claim(&user, &event, &reward).await.refused(403, "QUEUE_TOKEN_REQUIRED");
    for (token, code) in [
        ("nonsense".to_owned(), "QUEUE_TOKEN_INVALID"),
        (app.queue_token(&queues[1], &user, 1), "QUEUE_TOKEN_INVALID"),
        (app.queue_token(&queues[0], &app.user(), 1), "QUEUE_TOKEN_INVALID"),
        (late, "QUEUE_TOKEN_EXPIRED"),
    ] {
        claim(&user, &event, &reward).header("x-queue-token", &token).await.refused(403, code);
    }
    app.unchanged_since(&tables).await;
    let token = app.queue_token(&queues[0], &user, 1);
    claim(&user, &event, &reward).header("x-queue-token", &token).await.expect(202);
}
