//! Tests of fulfilments with an unknown outcome: a unit that may have been delivered is not given to another
//! user until the outcome is known.

use dibs_tests::assert_each_eq;
use std::collections::BTreeSet;
use std::time::Duration;

use dibs_tests::harness::{Caller, TestApp};
use local::fakes::{ConditionSettings, Dropping, Fail, Faults};
use serde_json::{Value, json};
use store::schema::GRANTS;

fn failing(status: u16) -> Faults {
    Faults { fail: Some(Fail { status, times: None }), ..Faults::default() }
}

fn losing() -> Faults {
    Faults { drop: Some(Dropping::Lost), ..Faults::default() }
}

/// Creates an event that gives a single item through the fulfilment service. Returns the ids of event and
/// reward.
async fn scarce(app: &TestApp, fields: Value) -> (String, String) {
    let campaign = app.campaign(fields).await;
    let item = json!({"item_id": "sword", "quantity": 1, "fulfilment": "external"});
    let reward = app.reward("item", item).await;
    app.offer(&campaign, &reward, json!({"total_limit": 1})).await;
    (campaign, reward)
}

async fn until_delivered(app: &TestApp, count: usize) {
    let delivered = async {
        while app.fakes().deliveries().len() < count {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), delivered).await.expect("the service is asked");
}

/// Redrives the dead letters of the queue `grants`, and checks that all messages are then handled.
async fn nothing_is_left(app: &TestApp) {
    app.redrive(&GRANTS).await;
    app.settle().await;
    assert_eq!(app.dead_letters(&GRANTS).await, 0);
}

/// Returns the ids of the users to whom the fulfilment service delivered something.
fn receivers(app: &TestApp) -> BTreeSet<String> {
    app.fakes().deliveries().iter().map(|one| one.request.user_id.to_string()).collect()
}

/// Checks that neither a rejection of the user's only line item nor another user's claim makes its unit
/// available.
async fn unit_is_not_free(app: &TestApp, user: &Caller, campaign: &str, reward: &str) {
    let path = format!("/events/requests/{}:{campaign}", user.id());
    let mut rejection = json!({"action": "reject", "reason": "it failed"});
    app.operator().patch(&path, rejection.clone()).await.refused(409, "NOT_IN_REVIEW");
    rejection["lines"] = json!([{"reward_id": reward, "number": 1}]);
    app.operator().patch(&path, rejection).await.refused(409, "NOT_IN_REVIEW");
    app.settle().await;
    app.pass_seconds(2);
    app.user().claim(campaign, reward).await.refused(409, "OUT_OF_STOCK");
}

#[tokio::test]
async fn refusal_after_a_lost_answer_frees_no_unit() {
    let app = TestApp::with_quick_retries().await;
    let (campaign, reward) = scarce(&app, json!({})).await;
    let user = app.user();
    app.fakes().set_fulfilment(losing());
    user.claim(&campaign, &reward).await.expect(202);
    until_delivered(&app, 1).await;
    app.fakes().set_fulfilment(failing(404));
    let request = app.request(&user, &campaign).await;
    let line = &request["lines"][0];
    assert_each_eq!((line["status"], "failed"), (line["outcome_unknown"], true), "{line}");
    unit_is_not_free(&app, &user, &campaign, &reward).await;
    app.fakes().set_fulfilment(Faults::default());
    assert_eq!(app.redrive(&GRANTS).await, 1);
    let line = app.request(&user, &campaign).await["lines"][0].clone();
    assert_each_eq!((line["status"], "granted"), (line["outcome_unknown"], false));
    assert_eq!(receivers(&app), [user.id().to_string()].into());
    app.finish().await;
}

#[tokio::test]
async fn asking_again_while_the_condition_service_is_down_frees_no_unit() {
    let app = TestApp::with_quick_retries().await;
    let (campaign, reward) = scarce(&app, json!({"condition": {"external": {"check": "vip"}}})).await;
    let user = app.user();
    app.fakes().set_fulfilment(losing());
    user.claim(&campaign, &reward).await.expect(202);
    assert_eq!(app.request(&user, &campaign).await["status"], "failed");
    let down = ConditionSettings { faults: failing(503), ..ConditionSettings::default() };
    app.fakes().set_condition(down);
    user.claim(&campaign, &reward).key("again").await.expect(202);
    assert_eq!(app.request(&user, &campaign).await["status"], "failed");
    app.fakes().set_condition(ConditionSettings::default());
    unit_is_not_free(&app, &user, &campaign, &reward).await;
    // The condition of the campaign is not checked a second time either.
    let nobody = ConditionSettings { qualified: [("vip".into(), [].into())].into(), ..Default::default() };
    app.fakes().set_condition(nobody);
    app.fakes().set_fulfilment(Faults::default());
    user.claim(&campaign, &reward).key("once more").await.expect(202);
    assert_eq!(app.request(&user, &campaign).await["status"], "granted");
    assert_eq!(receivers(&app), [user.id().to_string()].into());
    nothing_is_left(&app).await;
    app.finish().await;
}

#[tokio::test]
async fn request_that_is_sent_again_is_equal_though_the_offer_changed() {
    let app = TestApp::with_quick_retries().await;
    let (campaign, reward) = scarce(&app, json!({})).await;
    let user = app.user();
    app.fakes().set_fulfilment(losing());
    user.claim(&campaign, &reward).await.expect(202);
    app.request(&user, &campaign).await;
    let path = format!("/events/{campaign}/rewards/{reward}");
    app.operator().patch(&path, json!({"quantity": 7})).await.expect(200);
    app.pass_seconds(2);
    app.fakes().set_fulfilment(Faults::default());
    user.claim(&campaign, &reward).await.expect(202);
    assert_eq!(app.request(&user, &campaign).await["status"], "granted");
    let deliveries = app.fakes().deliveries();
    assert!(deliveries.len() > 1 && deliveries.iter().all(|one| one.request == deliveries[0].request));
    assert_eq!(user.get("/inventory").await.expect(200)[0]["quantity"], 1);
    nothing_is_left(&app).await;
    app.finish().await;
}

#[tokio::test]
async fn pooled_code_and_its_expiry_are_told_to_the_service() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({})).await;
    let expiry = app.days_ago(-90);
    let pool = json!({"pool": true, "expected_codes": 8, "fulfilment": "external", "expires_at": expiry});
    let reward = app.reward("coupon", pool).await;
    let codes = json!({"codes": ["WELCOME-77"]});
    app.operator().post(&format!("/rewards/{reward}/codes"), codes).await.expect(201);
    app.offer(&campaign, &reward, json!({})).await;
    let user = app.user();
    user.claim(&campaign, &reward).await.expect(202);
    app.settle().await;
    let told = &app.fakes().deliveries()[0].request.reward;
    assert_each_eq!((told["code"], "WELCOME-77"), (told["expires_at"], json!(expiry)));
    assert_eq!(user.get("/inventory").await.expect(200)[0]["coupon_code"], "WELCOME-77");
    app.finish().await;
}

#[tokio::test]
async fn unit_of_a_refused_line_returns_by_itself() {
    let app = TestApp::start().await;
    let (campaign, reward) = scarce(&app, json!({})).await;
    let (first, second) = (app.user(), app.user());
    app.fakes().set_fulfilment(failing(422));
    first.claim(&campaign, &reward).await.expect(202);
    let line = app.request(&first, &campaign).await["lines"][0].clone();
    assert_each_eq!((line["status"], "failed"), (line["outcome_unknown"], false));
    app.fakes().set_fulfilment(Faults::default());
    app.pass_seconds(2);
    second.claim(&campaign, &reward).await.expect(202);
    assert_eq!(app.request(&second, &campaign).await["status"], "granted");
    first.claim(&campaign, &reward).await.refused(409, "OUT_OF_STOCK");
    app.finish().await;
}

#[tokio::test]
async fn services_own_denial_frees_what_an_operator_has_it_asked_about() {
    let app = TestApp::with_quick_retries().await;
    let (campaign, reward) = scarce(&app, json!({})).await;
    let (first, second) = (app.user(), app.user());
    app.fakes().set_fulfilment(Faults { drop: Some(Dropping::Close), ..Faults::default() });
    first.claim(&campaign, &reward).await.expect(202);
    assert_eq!(app.request(&first, &campaign).await["lines"][0]["outcome_unknown"], true);
    unit_is_not_free(&app, &first, &campaign, &reward).await;
    app.fakes().set_fulfilment(Faults { deny: true, ..Faults::default() });
    let path = format!("/events/requests/{}:{campaign}", first.id());
    let again = json!({
        "action": "approve", "reason": "ask once more", "lines": [{"reward_id": reward, "number": 1}],
    });
    app.operator().patch(&path, again).await.expect(200);
    let line = app.request(&first, &campaign).await["lines"][0].clone();
    assert_each_eq!(
        (line["status"], "failed"),
        (line["outcome_unknown"], false),
        (line["reason"], "refused: told to deny")
    );
    app.fakes().set_fulfilment(Faults::default());
    app.pass_seconds(2);
    second.claim(&campaign, &reward).await.expect(202);
    assert_eq!(app.request(&second, &campaign).await["status"], "granted");
    assert_eq!(receivers(&app), [second.id().to_string()].into());
    nothing_is_left(&app).await;
    app.finish().await;
}

/// Creates an event with `count` badges from the fulfilment service, and five points that dibs itself grants.
async fn large(app: &TestApp, count: usize) -> String {
    let campaign = app.campaign(json!({})).await;
    let points = app.points(5).await;
    app.offer(&campaign, &points, json!({})).await;
    for number in 0..count {
        let badge = json!({"badge_id": format!("hero-{number}"), "fulfilment": "external"});
        let reward = app.reward("badge", badge).await;
        app.offer(&campaign, &reward, json!({})).await;
    }
    campaign
}

fn count(request: &Value, status: &str) -> usize {
    request["lines"].as_array().unwrap().iter().filter(|line| line["status"] == status).count()
}

#[tokio::test]
async fn lines_are_granted_side_by_side_in_the_time_of_one_function() {
    let app = TestApp::start().await;
    let campaign = large(&app, 40).await;
    // One call after another would exceed the timeout of the function.
    app.fakes().set_fulfilment(Faults { delay_ms: 300, ..Faults::default() });
    let user = app.user();
    user.claim_all(&campaign).await.expect(202);
    let request = app.request(&user, &campaign).await;
    assert_each_eq!((count(&request, "granted"), 41), (request["fully_granted"], true));
    let deliveries = app.fakes().deliveries();
    assert!(deliveries.len() == 40 && deliveries.iter().all(|one| !one.repeated), "in one delivery");
    app.finish().await;
}

#[tokio::test]
async fn largest_claim_ends_although_the_service_is_dead() {
    let app = TestApp::with_little_patience().await;
    let campaign = large(&app, 49).await;
    app.fakes().set_fulfilment(Faults { drop: Some(Dropping::Silent), ..Faults::default() });
    let user = app.user();
    user.claim_all(&campaign).await.expect(202);
    let request = app.request(&user, &campaign).await;
    assert_each_eq!((count(&request, "granted"), 1), (count(&request, "failed"), 49));
    assert_eq!(user.get("/inventory").await.json["meta"]["points"], 5);
    app.fakes().set_fulfilment(Faults::default());
    // On a busy machine some calls exceed this short timeout, so their messages are redriven.
    let mut redriven = 0;
    while app.redrive(&GRANTS).await > 0 && redriven < 10 {
        app.settle().await;
        redriven += 1;
    }
    assert_eq!(app.request(&user, &campaign).await["fully_granted"], true);
    app.finish().await;
}

#[tokio::test]
async fn given_up_line_is_not_asked_for_again_with_another_line() {
    let app = TestApp::with_quick_retries().await;
    let campaign = large(&app, 2).await;
    let offers = app.operator().get(&format!("/events/{campaign}/rewards")).await.expect(200);
    let badges: Vec<&str> = offers
        .as_array()
        .unwrap()
        .iter()
        .filter(|offer| offer["type"] == "BADGE")
        .filter_map(|offer| offer["reward_id"].as_str())
        .collect();
    let user = app.user();
    app.fakes().set_fulfilment(failing(503));
    user.claim(&campaign, badges[0]).await.expect(202);
    app.settle().await;
    app.fakes().set_fulfilment(Faults::default());
    user.claim(&campaign, badges[1]).await.expect(202);
    let request = app.request(&user, &campaign).await;
    assert_each_eq!((count(&request, "failed"), 1), (count(&request, "granted"), 1));
    assert_eq!(app.fakes().deliveries().len(), 1);
    assert_eq!(app.dead_letters(&GRANTS).await, 1);
    assert_eq!(app.redrive(&GRANTS).await, 1);
    assert_eq!(app.request(&user, &campaign).await["status"], "granted");
    app.finish().await;
}
