//! Tests of rewards that the fulfilment service hands over: it is asked until it responds definitely, and the
//! grant happens once.

use dibs_tests::assert_each_eq;
use std::time::Duration;

use dibs_tests::harness::{Caller, TestApp};
use local::fakes::{Dropping, Fail, Faults};
use serde_json::{Value, json};
use store::schema::GRANTS;

/// Creates a campaign that gives a badge through the fulfilment service. Returns the ids of campaign and
/// reward.
async fn event(app: &TestApp) -> (String, String) {
    let campaign = app.campaign(json!({})).await;
    let reward = app.reward("badge", json!({"badge_id": "hero", "fulfilment": "external"})).await;
    app.offer(&campaign, &reward, json!({})).await;
    (campaign, reward)
}

async fn badges(user: &Caller) -> usize {
    user.get("/inventory").await.expect(200).as_array().unwrap().len()
}

fn statuses(request: &Value) -> Vec<&str> {
    request["audit"].as_array().unwrap().iter().filter_map(|change| change["status"].as_str()).collect()
}

#[tokio::test]
async fn grant_has_the_reference_of_the_service() {
    let app = TestApp::start().await;
    let (campaign, reward) = event(&app).await;
    let user = app.user();
    user.claim(&campaign, &reward).await.expect(202);
    let request = app.request(&user, &campaign).await;
    let deliveries = app.fakes().deliveries();
    assert_eq!(deliveries.len(), 1);
    assert_eq!(request["lines"][0]["reference"], deliveries[0].reference);
    assert_eq!(request["grants"][0]["grant_id"], deliveries[0].request.grant_id);
    assert_each_eq!((request["status"].as_str(), Some("granted")), (badges(&user).await, 1));
    app.finish().await;
}

#[tokio::test]
async fn repeated_call_of_a_slow_service_is_one_grant() {
    let app = TestApp::start().await;
    let (campaign, reward) = event(&app).await;
    app.fakes().set_fulfilment(Faults { delay_ms: 200, twice: true, ..Faults::default() });
    let user = app.user();
    user.claim(&campaign, &reward).await.expect(202);
    assert_eq!(app.request(&user, &campaign).await["status"], "granted");
    let deliveries = app.fakes().deliveries();
    assert_eq!(deliveries.iter().map(|one| one.repeated).collect::<Vec<_>>(), [false, true]);
    assert_eq!(badges(&user).await, 1);
    app.finish().await;
}

#[tokio::test]
async fn refusal_of_the_service_is_final_until_a_new_request() {
    let app = TestApp::start().await;
    let (campaign, reward) = event(&app).await;
    let user = app.user();
    app.fakes().set_fulfilment(Faults { fail: Some(Fail { status: 422, times: None }), ..Faults::default() });
    user.claim(&campaign, &reward).await.expect(202);
    let request = app.request(&user, &campaign).await;
    assert_eq!(request["status"], "failed");
    assert_eq!(request["lines"][0]["reason"], "refused: told to fail");
    assert_each_eq!((request["grants"].clone(), json!([])), (badges(&user).await, 0));
    app.fakes().set_fulfilment(Faults::default());
    user.claim(&campaign, &reward).await.expect(202);
    let request = app.request(&user, &campaign).await;
    assert_eq!(statuses(&request), ["failed", "requested", "granted"]);
    assert_eq!(request["audit"][1]["times"], 2);
    assert_eq!(badges(&user).await, 1);
    app.finish().await;
}

#[tokio::test]
async fn a_failure_is_tried_again_and_a_lost_answer_is_no_second_grant() {
    let app = TestApp::with_quick_retries().await;
    let (campaign, reward) = event(&app).await;
    let (failing, losing) = (app.user(), app.user());
    app.fakes()
        .set_fulfilment(Faults { fail: Some(Fail { status: 503, times: Some(1) }), ..Faults::default() });
    failing.claim(&campaign, &reward).await.expect(202);
    let request = app.request(&failing, &campaign).await;
    assert_eq!(statuses(&request), ["requested", "granting", "granted"]);
    assert_eq!(request["audit"][1]["reason"], "http_503");
    // The service delivers, but its response is lost. The retry has the same idempotency key.
    app.fakes().set_fulfilment(Faults { drop: Some(Dropping::Lost), ..Faults::default() });
    losing.claim(&campaign, &reward).await.expect(202);
    let fakes = app.fakes().clone();
    let delivered = async {
        while fakes.deliveries().len() < 2 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), delivered).await.expect("the service is asked");
    fakes.set_fulfilment(Faults::default());
    assert_eq!(app.request(&losing, &campaign).await["status"], "granted");
    let deliveries = fakes.deliveries();
    let mine: Vec<bool> =
        deliveries.iter().filter(|one| one.request.user_id == *losing.id()).map(|one| one.repeated).collect();
    assert_eq!(mine.first(), Some(&false));
    assert!(mine.len() >= 2 && mine[1..].iter().all(|repeated| *repeated), "{mine:?}");
    assert_each_eq!((badges(&failing).await, 1), (badges(&losing).await, 1));
    app.finish().await;
}

#[tokio::test]
async fn failing_grant_ends_in_the_dead_letters_and_is_granted_once_after_a_redrive() {
    let app = TestApp::with_quick_retries().await;
    let (campaign, reward) = event(&app).await;
    let user = app.user();
    app.fakes().set_fulfilment(Faults { fail: Some(Fail { status: 500, times: None }), ..Faults::default() });
    user.claim(&campaign, &reward).await.expect(202);
    let request = app.request(&user, &campaign).await;
    assert_each_eq!(
        (request["status"].as_str(), Some("failed")),
        (request["lines"][0]["reason"].as_str(), Some("http_500"))
    );
    assert_eq!(app.dead_letters(&GRANTS).await, 1);
    // The operator finds the request in the list of failed requests.
    let failed = app.operator().get("/events/requests?status=failed").await.expect(200);
    assert_eq!(failed[0]["id"], request["id"]);
    app.fakes().set_fulfilment(Faults { twice: true, ..Faults::default() });
    assert_eq!(app.redrive(&GRANTS).await, 1);
    let request = app.request(&user, &campaign).await;
    assert_eq!(request["status"], "granted");
    assert_each_eq!((badges(&user).await, 1), (request["grants"].as_array().unwrap().len(), 1));
    assert_eq!(app.redrive(&GRANTS).await, 0);
    app.finish().await;
}
