//! Tests that users who were banned after their request are granted nothing.

use dibs_tests::harness::TestApp;
use domain::claims::Claim;
use domain::ids::CampaignId;
use domain::points::{Grant, PointEntry};
use domain::rewards::Gift;
use serde_json::{Value, json};
use store::Saved;

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

/// Makes the grant of line `index`, as a worker does that dies before it can say so on the line.
async fn grant(app: &TestApp, claim: &Claim, index: usize) {
    let (line, store) = (&claim.lines[index], app.app().store());
    let (id, user_id) = (claim.grant_id_of(line), claim.user_id.clone());
    let (campaign_id, at) = (claim.campaign_id.clone(), app.now());
    let saved = match &line.gift {
        Gift::Points(points) => {
            let (reward_id, points) = (line.reward_id.clone(), u64::from(*points));
            let entry = PointEntry {
                user_id,
                number: 1,
                grant_id: id,
                campaign_id,
                reward_id,
                points,
                balance: points,
                at,
            };
            matches!(store.append_points(&entry).await.unwrap(), Saved::Done)
        }
        gift => {
            let (reward_id, gift) = (line.reward_id.clone(), gift.clone());
            let (quantity, code) = (line.quantity, line.code().map(str::to_owned));
            let expires_at = None;
            let grant = Grant { id, user_id, campaign_id, reward_id, gift, quantity, code, expires_at, at };
            matches!(store.create_grant(&grant).await.unwrap(), Saved::Done)
        }
    };
    assert!(saved);
}

#[tokio::test]
async fn line_whose_worker_died_after_it_granted_is_granted_although_its_user_is_banned() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({"review": "manual"})).await;
    let pool = app.pool(&["CODE-1", "CODE-2"]).await;
    let badge = app.reward("badge", json!({"badge_id": "hero"})).await;
    let rewards = [app.points(5).await, pool, badge, app.points(7).await];
    for reward in &rewards {
        app.offer(&campaign, reward, json!({})).await;
    }
    let member = app.member("kim@example.com").await;
    let id = member.caller.id().clone();
    member.caller.claim_all(&campaign).await.expect(202);
    let claim = app.app().store().claim(&id, &CampaignId::parse(&campaign).unwrap()).await.unwrap();
    let index_of = |reward: &String| {
        claim.lines.iter().position(|line| line.reward_id.as_str() == reward.as_str()).unwrap()
    };
    for reward in &rewards[..3] {
        grant(&app, &claim, index_of(reward)).await;
    }
    app.admin().put(&format!("/auth/users/{id}/status"), json!({"status": "banned"})).await.expect(200);
    let request = format!("/events/requests/{id}:{campaign}");
    app.operator().patch(&request, json!({"action": "approve", "reason": "seen"})).await.expect(200);
    let shown = app.request(&member.caller, &campaign).await;
    let status = |reward: &String| shown["lines"][index_of(reward)]["status"].clone();
    let statuses: Vec<Value> = rewards.iter().map(status).collect();
    assert_eq!(statuses, ["granted", "granted", "granted", "failed"], "{shown}");
    assert_eq!(shown["grants"].as_array().unwrap().len(), 3);
    assert_eq!(app.app().store().grants(&id, None, 10).await.unwrap().len(), 2);
    app.finish().await;
}
