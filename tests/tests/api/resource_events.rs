//! Tests of the domain events of what staff set up: campaigns, offers, products, concerts and dates.

use dibs_tests::harness::TestApp;
use serde_json::json;

/// Returns type and id of each event about `subjects` that the data platform received, in order. The id is without
/// the subject.
async fn told(app: &TestApp, subjects: &[&str]) -> Vec<(String, String)> {
    app.settle().await;
    let events = app.events().into_iter();
    let of_subject = events.filter(|event| subjects.contains(&event.correlation_id.as_str()));
    of_subject
        .map(|event| {
            let version = event.id.strip_prefix(&event.correlation_id).unwrap_or_default().to_owned();
            (event.kind.to_string(), version)
        })
        .collect()
}

/// Returns types with the versions from 1.
fn versions(kinds: &[&str]) -> Vec<(String, String)> {
    kinds.iter().zip(1..).map(|(kind, version)| ((*kind).to_owned(), format!(":{version}"))).collect()
}

#[tokio::test]
async fn each_change_of_a_campaign_is_told() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({"status": "draft"})).await;
    let path = format!("/events/{campaign}");
    for change in [
        json!({"name": "another name"}),
        json!({"status": "active"}),
        json!({"status": "inactive"}),
        json!({"status": "draft"}),
        json!({"status": "ended"}),
    ] {
        app.operator().patch(&path, change).await.expect(200);
        app.settle().await;
    }
    app.operator().patch(&path, json!({"status": "ended"})).await.expect(200);
    let kinds = [
        "campaign.created",
        "campaign.changed",
        "campaign.activated",
        "campaign.paused",
        "campaign.drafted",
        "campaign.ended",
    ];
    assert_eq!(told(&app, &[&campaign]).await, versions(&kinds));
    // Closing comes before deleting, and changes nothing that is told.
    app.admin().delete(&path).await.refused(409, "EVENT_CLOSING");
    app.pass_seconds(15);
    app.admin().delete(&path).await.expect(204);
    let all = told(&app, &[&campaign]).await;
    assert_eq!(all.last().map(|(kind, _)| kind.as_str()), Some("campaign.deleted"));
    assert_eq!(all.len(), kinds.len() + 1);
    app.finish().await;
}

#[tokio::test]
async fn offer_is_told_as_attached_changed_detached_and_attached_again() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event_with(json!({}), json!({"total_limit": 5})).await;
    let path = format!("/events/{campaign}/rewards");
    app.operator().patch(&format!("{path}/{reward}"), json!({"total_limit": 9})).await.expect(200);
    app.operator().delete(&format!("{path}/{reward}")).await.expect(204);
    app.settle().await;
    app.operator().post(&path, json!({"reward_id": reward})).await.expect(201);
    let subject = format!("{campaign}:{reward}");
    let kinds = ["offer.attached", "offer.changed", "offer.detached", "offer.attached"];
    assert_eq!(told(&app, &[&subject]).await, versions(&kinds));
    let limits: Vec<_> = app
        .events()
        .into_iter()
        .filter(|event| event.correlation_id == subject)
        .map(|event| serde_json::to_value(&event.data).unwrap()["total_limit"].clone())
        .collect();
    assert_eq!(limits, [json!(5), json!(9), json!(9), json!(null)]);
    app.finish().await;
}

#[tokio::test]
async fn product_is_told_as_created_changed_and_deleted_but_not_when_a_deal_is_registered() {
    let app = TestApp::start().await;
    let product = app.product(json!({})).await;
    app.deal(json!({"product_id": product})).await;
    let path = format!("/products/{product}");
    app.operator().patch(&path, json!({"description": "Taller"})).await.expect(200);
    let kinds = |all: Vec<(String, String)>| all.into_iter().map(|(kind, _)| kind).collect::<Vec<_>>();
    assert_eq!(kinds(told(&app, &[&product]).await), ["product.created", "product.changed"]);
    let other = app.product(json!({})).await;
    app.operator().patch(&format!("/products/{other}"), json!({"status": "deleted"})).await.expect(200);
    assert_eq!(told(&app, &[&other]).await, versions(&["product.created", "product.deleted"]));
    app.finish().await;
}

#[tokio::test]
async fn concert_and_its_date_are_told() {
    let app = TestApp::start().await;
    let concert = app.concert(json!({})).await;
    let date = app.date(&concert, json!({})).await;
    let subjects = [concert.as_str(), &format!("{concert}:{date}")];
    let created: Vec<String> = told(&app, &subjects).await.into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(created, ["concert.created", "concert.date_created"]);
    app.finish().await;
}
