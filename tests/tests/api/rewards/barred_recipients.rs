//! Tests that users who were banned after their request are granted nothing.

use dibs_tests::harness::TestApp;
use serde_json::json;

#[tokio::test]
async fn banned_account_is_granted_nothing_and_may_ask_again_when_it_is_active() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({"review": "manual"}), json!({})).await;
    let member = app.member("kim@example.com").await;
    member.caller.claim(&campaign, &reward).await.expect(202);
    let status = format!("/auth/users/{}/status", member.caller.id());
    app.admin().put(&status, json!({"status": "banned"})).await.expect(200);
    let request = format!("/events/requests/{}:{campaign}", member.caller.id());
    let approve = || app.operator().patch(&request, json!({"action": "approve", "reason": "seen"}));
    approve().await.expect(200);
    let claim = app.request(&member.caller, &campaign).await;
    assert_eq!(claim["lines"][0]["status"], "failed", "{claim}");
    assert!(claim.to_string().contains("This account is banned."), "{claim}");
    app.admin().put(&status, json!({"status": "active"})).await.expect(200);
    let again = app.sign_in("kim@example.com").await;
    again.caller.claim(&campaign, &reward).await.expect(202);
    approve().await.expect(200);
    let claim = app.request(&again.caller, &campaign).await;
    assert_eq!(claim["lines"][0]["status"], "granted", "{claim}");
    app.finish().await;
}

#[tokio::test]
async fn closed_account_is_granted_nothing_however_old_its_claim_is() {
    let app = TestApp::start().await;
    let fields = json!({"review": "manual", "ends_at": "2199-01-01T00:00:00Z"});
    let (campaign, reward) = app.event_with(fields, json!({})).await;
    let member = app.member("kim@example.com").await;
    member.caller.claim(&campaign, &reward).await.expect(202);
    member.caller.close().await.expect(204);
    // The revocation list has dropped its entry by then.
    app.pass_seconds(60 * 60);
    let request = format!("/events/requests/{}:{campaign}", member.caller.id());
    app.operator().patch(&request, json!({"action": "approve", "reason": "seen"})).await.expect(200);
    let claim = app.request(&member.caller, &campaign).await;
    assert_eq!(claim["lines"][0]["status"], "failed", "{claim}");
    // A reward that was not granted does not count against the next account of the email.
    app.member("kim@example.com").await.caller.claim(&campaign, &reward).await.expect(202);
    app.finish().await;
}
