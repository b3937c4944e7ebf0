//! Tests of `DELETE /events/{event_id}`, which deletes a campaign.

use dibs_tests::harness::TestApp;
use serde_json::json;

use super::guarded;

#[tokio::test]
async fn an_event_without_claims_is_gone() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"all": []})).await;
    let path = format!("/events/{campaign}");
    let reply = app.admin().delete(&path).await;
    assert_eq!(reply.header("retry-after"), Some("15"));
    reply.refused(409, "EVENT_CLOSING");
    app.pass_seconds(14);
    app.admin().delete(&path).await.refused(409, "EVENT_CLOSING");
    app.pass_seconds(1);
    app.admin().delete(&path).await.expect(204);
    for caller in [app.user(), app.operator(), app.admin()] {
        caller.get(&path).await.refused(404, "NOT_FOUND");
        assert_eq!(caller.get("/events").await.expect(200), json!([]));
    }
    app.user().claim(&campaign, &reward).await.refused(404, "NOT_FOUND");
    app.user().get(&format!("{path}/rewards")).await.refused(404, "NOT_FOUND");
    app.operator().patch(&path, json!({"name": "x"})).await.refused(404, "NOT_FOUND");
    app.admin().delete(&path).await.refused(404, "NOT_FOUND");
    app.finish().await;
}

#[tokio::test]
async fn event_with_claims_stays() {
    let app = TestApp::start().await;
    for condition in [json!({"all": []}), json!({"count": {"type": "login", "at_least": 1}})] {
        let (campaign, reward) = app.event(condition).await;
        // The claim in the second event is refused, but the refusal is recorded.
        app.user().claim(&campaign, &reward).await;
        app.admin().delete(&format!("/events/{campaign}")).await.refused(409, "EVENT_HAS_CLAIMS");
        app.user().get(&format!("/events/{campaign}")).await.expect(200);
    }
    app.finish().await;
}

#[tokio::test]
async fn deletion_closes_the_event_first_and_a_claim_that_still_comes_in_opens_it_again() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"all": []})).await;
    let (path, user) = (format!("/events/{campaign}"), app.user());
    // The cache of this instance shows the event as open, as that of any instance that read it within the
    // last second.
    let warm = app.user();
    warm.get(&format!("{path}/rewards")).await.expect(200);
    app.admin().delete(&path).await.refused(409, "EVENT_CLOSING");
    user.claim(&campaign, &reward).await.refused(409, "EVENT_NOT_ACTIVE");
    user.get(&path).await.refused(404, "NOT_FOUND");
    assert_eq!(app.operator().get(&path).await.expect(200)["status"], "inactive");
    let store = app.app().store();
    let id = domain::ids::CampaignId::parse(&campaign).unwrap();
    let mut late = domain::claims::Claim::new(warm.id().clone(), id.clone(), app.now());
    let event = store.get_campaign_with_offers(&id).await.unwrap();
    let (review, now) = (domain::campaigns::Review::Auto, app.now());
    late.accept(&event.offers[0], 1, review, domain::claims::Evidence::default(), now);
    let _ = store.save_claim(&late.next()).await.unwrap();
    app.pass_seconds(15);
    app.admin().delete(&path).await.refused(409, "EVENT_HAS_CLAIMS");
    app.user().claim(&campaign, &reward).await.expect(202);
    assert_eq!(app.operator().get(&path).await.expect(200)["status"], "active");
    app.finish().await;
}

#[tokio::test]
async fn event_whose_deletion_nobody_repeats_opens_again() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"all": []})).await;
    let path = format!("/events/{campaign}");
    app.admin().delete(&path).await.refused(409, "EVENT_CLOSING");
    app.pass_seconds(119);
    app.user().claim(&campaign, &reward).await.refused(409, "EVENT_NOT_ACTIVE");
    app.pass_seconds(2);
    app.user().claim(&campaign, &reward).await.expect(202);
    // An update of an event ends its pending deletion.
    let other = app.campaign(json!({})).await;
    let path = format!("/events/{other}");
    app.admin().delete(&path).await.refused(409, "EVENT_CLOSING");
    app.operator().patch(&path, json!({"name": "wanted after all"})).await.expect(200);
    app.pass_seconds(20);
    app.admin().delete(&path).await.refused(409, "EVENT_CLOSING");
    app.finish().await;
}

#[tokio::test]
async fn event_is_deleted_by_administrators_only() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({})).await;
    guarded(&app, "DELETE", &format!("/events/{campaign}"), &["user", "operator", "auditor"]).await;
    app.admin().delete("/events/cmp_none").await.refused(404, "NOT_FOUND");
    app.finish().await;
}
