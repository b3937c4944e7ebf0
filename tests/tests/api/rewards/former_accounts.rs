//! Tests of limits per person, which survive closing the account and registering again.

use dibs_tests::harness::{PASSWORD, TestApp};
use serde_json::json;

#[tokio::test]
async fn claim_of_a_closed_account_counts_for_the_next_of_its_email() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({}), json!({})).await;
    let (other_campaign, other_reward) = app.event_with(json!({}), json!({"per_user_limit": 2})).await;
    let first = app.member("kim@example.com").await;
    first.caller.claim(&campaign, &reward).await.expect(202);
    first.caller.claim(&other_campaign, &other_reward).await.expect(202);
    app.settle().await;
    first.caller.close().await.expect(204);
    let second = app.member("KIM@example.com").await;
    let error = second.caller.claim(&campaign, &reward).await.refused(409, "ALREADY_REQUESTED");
    assert_eq!(error["details"], json!(null), "nothing is said of the closed account");
    let all = second.caller.claim_all(&campaign).await.expect(202);
    assert_eq!(all["outcomes"][0]["error"]["code"], "ALREADY_REQUESTED", "{all}");
    // The person has one of two claims left.
    second.caller.claim(&other_campaign, &other_reward).await.expect(202);
    second.caller.claim(&other_campaign, &other_reward).await.refused(409, "ALREADY_REQUESTED");
    // The limits of this person do not apply to another person.
    app.member("lee@example.com").await.caller.claim(&campaign, &reward).await.expect(202);
    app.finish().await;
}

#[tokio::test]
async fn closed_account_is_forgotten_after_the_time_that_it_was_told() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({"ends_at": "2199-01-01T00:00:00Z"}), json!({})).await;
    let first = app.member("kim@example.com").await;
    first.caller.claim(&campaign, &reward).await.expect(202);
    app.settle().await;
    first.caller.close().await.expect(204);
    app.pass_seconds(366 * 24 * 60 * 60);
    let second = app.member("kim@example.com").await;
    second.caller.claim(&campaign, &reward).await.expect(202);
    app.finish().await;
}

#[tokio::test]
async fn email_that_registers_thrice_is_one_friend() {
    let app = TestApp::start().await;
    let host = app.member("host@example.com").await;
    let condition = json!({"count": {"type": "invite", "at_least": 3}});
    let fields = json!({"condition": condition, "ends_at": "2199-01-01T00:00:00Z"});
    let (campaign, _) = app.event_with(fields, json!({})).await;
    for _ in 0..3 {
        let friend = json!({"email": "friend@example.com", "password": PASSWORD, "name": "Friend",
            "invite_code": host.user["invite_code"]});
        app.anonymous().post("/auth/register", friend).await.expect(201);
        app.sign_in("friend@example.com").await.caller.close().await.expect(204);
        // In another month an activity with the same id would be a different one.
        app.pass_seconds(32 * 24 * 60 * 60);
    }
    app.settle().await;
    let host = app.sign_in("host@example.com").await;
    let seen = host.caller.post(&format!("/events/{campaign}/evaluate"), json!({})).await.expect(200);
    assert_eq!(seen["condition"]["actual"], 1, "{seen}");
    app.finish().await;
}

#[tokio::test]
async fn operator_decides_about_no_request_of_their_closed_account() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({"review": "manual"}), json!({})).await;
    let first = app.member("kim@example.com").await;
    let id = first.caller.claim(&campaign, &reward).await.expect(202)["id"].clone();
    app.settle().await;
    first.caller.close().await.expect(204);
    let second = app.register("kim@example.com").await;
    let roles = json!({"roles": ["USER", "OPERATOR"]});
    let path = format!("/auth/users/{}/roles", second["id"].as_str().unwrap());
    app.admin().put(&path, roles).await.expect(200);
    let second = app.sign_in("kim@example.com").await.caller;
    let decision = json!({"action": "approve", "reason": "why not"});
    let path = format!("/events/requests/{}", id.as_str().unwrap());
    second.patch(&path, decision.clone()).await.refused(403, "OWN_REQUEST");
    let bulk = json!({"ids": [id], "action": "approve", "reason": "why not"});
    let outcomes = second.patch("/events/requests", bulk).await.expect(200);
    assert_eq!(outcomes[0]["error"]["code"], "OWN_REQUEST");
    let activity = json!({"user_id": first.caller.id(), "type": "boss"});
    second.post("/activities", activity).await.refused(403, "OWN_ACTIVITY");
    app.operator().patch(&path, decision).await.expect(200);
    app.finish().await;
}
