//! Tests that users who were banned, or closed their account, after their request are granted nothing more.

use dibs_tests::harness::{Member, TestApp};
use domain::claims::{Claim, LineItem};
use domain::ids::CampaignId;
use domain::points::{Grant, PointEntry};
use domain::rewards::RewardPayload;
use domain::{Points, Quantity};
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
    assert!(
        claim.to_string().contains("This account is banned; contact the operator of the service."),
        "{claim}"
    );
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
    // By now the ban is no longer in the revocation list.
    app.pass_seconds(60 * 60);
    let request = format!("/events/requests/{}:{campaign}", member.caller.id());
    app.operator().patch(&request, json!({"action": "approve", "reason": "seen"})).await.expect(200);
    let claim = app.request(&member.caller, &campaign).await;
    assert_eq!(claim["lines"][0]["status"], "failed", "{claim}");
    // A reward that was not granted does not count against the next account of the same email.
    app.member("kim@example.com").await.caller.claim(&campaign, &reward).await.expect(202);
    app.finish().await;
}

/// Writes the grant of line item `index`, as a worker does that dies before it updates the claim.
async fn grant(app: &TestApp, claim: &Claim, index: usize) {
    let (line, store) = (&claim.lines[index], app.app().store());
    let (id, user_id) = (claim.grant_id_of(line), claim.user_id.clone());
    let (campaign_id, at) = (claim.campaign_id.clone(), app.now());
    let saved = match &line.payload {
        RewardPayload::Points(points) => {
            let (reward_id, points) = (line.reward_id.clone(), *points);
            let entry = PointEntry {
                user_id,
                number: 1,
                grant_id: id,
                campaign_id,
                reward_id,
                points,
                balance: points,
                at,
                withheld: None,
            };
            matches!(store.append_point_entry(&entry).await.unwrap(), Saved::Done)
        }
        payload => {
            let (reward_id, payload) = (line.reward_id.clone(), payload.clone());
            let (quantity, code) = (line.quantity, line.code().map(str::to_owned));
            let expires_at = None;
            let grant = Grant {
                id,
                user_id,
                campaign_id,
                reward_id,
                payload,
                quantity,
                code,
                expires_at,
                at,
                withheld: None,
            };
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
    let claim = app.app().store().get_claim(&id, &CampaignId::parse(&campaign).unwrap()).await.unwrap();
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

/// Creates an event whose points and item need a review, and requests both as a new member. Returns the
/// member, the event's id, and the path of the request.
async fn requested(app: &TestApp) -> (Member, String, String) {
    let (campaign, points) = app.event_with(json!({"review": "manual"}), json!({})).await;
    let item = app.reward("item", json!({"name": "swords", "item_id": "sword", "quantity": 2})).await;
    app.offer(&campaign, &item, json!({})).await;
    let member = app.member("kim@example.com").await;
    for reward in [&points, &item] {
        member.caller.claim(&campaign, reward).await.expect(202);
    }
    let request = format!("/events/requests/{}:{campaign}", member.caller.id());
    (member, campaign, request)
}

/// Grants both line items of the claim, as a worker does that dies before it updates the claim. Returns which
/// of the two grants, points and item, were written.
async fn grant_lines(app: &TestApp, member: &Member, campaign: &str) -> [bool; 2] {
    let (user, campaign) = (member.caller.id().clone(), CampaignId::parse(campaign).unwrap());
    let store = app.app().store().clone();
    let claim = store.get_claim(&user, &campaign).await.unwrap();
    let place = |is_points: bool| {
        let is_it = |line: &&LineItem| matches!(line.payload, RewardPayload::Points(_)) == is_points;
        claim.lines.iter().find(is_it).unwrap()
    };
    let (points, item) = (place(true), place(false));
    let entry = PointEntry {
        user_id: user.clone(),
        number: 1,
        grant_id: claim.grant_id_of(points),
        campaign_id: campaign.clone(),
        reward_id: points.reward_id.clone(),
        points: Points(10),
        balance: Points(10),
        at: app.now(),
        withheld: None,
    };
    let grant = Grant {
        id: claim.grant_id_of(item),
        user_id: user,
        campaign_id: campaign,
        reward_id: item.reward_id.clone(),
        payload: item.payload.clone(),
        quantity: Quantity::ONE,
        code: None,
        expires_at: None,
        at: app.now(),
        withheld: None,
    };
    let points = store.append_point_entry(&entry).await.unwrap() == Saved::Done;
    [points, store.create_grant(&grant).await.unwrap() == Saved::Done]
}

async fn set_status(app: &TestApp, member: &Member, status: &str) {
    let path = format!("/auth/users/{}/status", member.caller.id());
    app.admin().put(&path, json!({"status": status})).await.expect(200);
}

fn statuses(claim: &Value) -> Vec<&str> {
    claim["lines"].as_array().unwrap().iter().map(|line| line["status"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn grant_that_was_made_before_the_ban_is_found_and_kept() {
    let app = TestApp::start().await;
    let (member, campaign, request) = requested(&app).await;
    assert_eq!(grant_lines(&app, &member, &campaign).await, [true, true]);
    set_status(&app, &member, "banned").await;
    app.operator().patch(&request, json!({"action": "approve", "reason": "seen"})).await.expect(200);
    let claim = app.request(&member.caller, &campaign).await;
    assert_eq!(statuses(&claim), ["granted", "granted"], "{claim}");
    app.finish().await;
}

#[tokio::test]
async fn grant_that_was_begun_before_the_ban_cannot_be_made_after_the_line_has_failed() {
    let app = TestApp::start().await;
    let (member, campaign, request) = requested(&app).await;
    set_status(&app, &member, "banned").await;
    let approve = || app.operator().patch(&request, json!({"action": "approve", "reason": "seen"}));
    approve().await.expect(200);
    let claim = app.request(&member.caller, &campaign).await;
    assert_eq!(statuses(&claim), ["failed", "failed"], "{claim}");
    assert_eq!(grant_lines(&app, &member, &campaign).await, [false, false], "a write that comes late");
    set_status(&app, &member, "active").await;
    let again = app.sign_in("kim@example.com").await;
    assert!(again.caller.get("/inventory").await.expect(200).as_array().unwrap().is_empty());
    assert!(again.caller.get("/points/ledger").await.expect(200).as_array().unwrap().is_empty());
    again.caller.claim_all(&campaign).await.expect(202);
    approve().await.expect(200);
    let claim = app.request(&again.caller, &campaign).await;
    assert_eq!(statuses(&claim), ["granted", "granted"], "{claim}");
    assert_eq!(again.caller.get("/inventory").await.expect(200).as_array().unwrap().len(), 1);
    assert_eq!(again.caller.get("/points/ledger").await.expect(200)[0]["balance_after"], 10);
    app.finish().await;
}

/// Checks that a grant that a worker withheld, before it died without updating the claim, is made once the
/// user is active again.
#[tokio::test]
async fn grant_that_was_withheld_is_made_when_the_account_is_active_again() {
    let app = TestApp::start().await;
    let (member, campaign, request) = requested(&app).await;
    let (user, id) = (member.caller.id().clone(), CampaignId::parse(&campaign).unwrap());
    let store = app.app().store().clone();
    let claim = store.get_claim(&user, &id).await.unwrap();
    let line = claim.lines.iter().find(|line| !matches!(line.payload, RewardPayload::Points(_))).unwrap();
    let withheld = Grant {
        id: claim.grant_id_of(line),
        user_id: user,
        campaign_id: id,
        reward_id: line.reward_id.clone(),
        payload: line.payload.clone(),
        quantity: Quantity::ONE,
        code: None,
        expires_at: None,
        at: app.now(),
        // The grant is withheld for the version of the claim that the approval writes.
        withheld: Some(claim.version + 1),
    };
    assert_eq!(store.create_grant(&withheld).await.unwrap(), Saved::Done);
    app.operator().patch(&request, json!({"action": "approve", "reason": "seen"})).await.expect(200);
    let claim = app.request(&member.caller, &campaign).await;
    assert_eq!(statuses(&claim), ["granted", "granted"], "{claim}");
    assert_eq!(member.caller.get("/inventory").await.expect(200).as_array().unwrap().len(), 1);
    app.finish().await;
}
