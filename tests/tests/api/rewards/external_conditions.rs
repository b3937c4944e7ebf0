//! Tests of conditions that an outside service decides: passed, failed, and unavailable.

use dibs_tests::assert_each_eq;
use std::collections::{BTreeMap, BTreeSet};

use dibs_tests::harness::{Caller, TestApp};
use local::fakes::{ConditionSettings, Dropping, Fail, Faults};
use serde_json::{Value, json};

fn faults(faults: Faults) -> ConditionSettings {
    ConditionSettings { faults, ..ConditionSettings::default() }
}

/// Claims as `user`, who would qualify, while the condition service fails. Checks that nothing is granted,
/// and that the attempt is recorded and can be repeated.
async fn unavailable(app: &TestApp, user: &Caller, campaign: &str, reward: &str) {
    let reply = user.claim(campaign, reward).await;
    assert_eq!(reply.header("retry-after"), Some("5"));
    let error = reply.refused(503, "CONDITION_UNAVAILABLE");
    assert_eq!(error["details"]["condition"]["passed"], Value::Null);
    let request = app.request(user, campaign).await;
    assert_each_eq!((request["status"], "failed"), (request["lines"][0]["reason"], "CONDITION_UNAVAILABLE"));
    assert_eq!(request["grants"], json!([]));
    assert_eq!(user.get("/inventory").await.json["meta"]["points"], 0);
}

#[tokio::test]
async fn answer_of_the_service_decides() {
    let app = TestApp::start().await;
    let condition = |check: &str| json!({"external": {"check": check, "params": {"level": "5"}}});
    let (vip, vip_reward) = app.event(condition("vip")).await;
    let (never, never_reward) = app.event(condition("never")).await;
    let user = app.user();
    user.claim(&vip, &vip_reward).await.expect(202);
    user.claim(&never, &never_reward).await.refused(422, "CONDITION_NOT_MET");
    // The fake condition service can also qualify users by their ids.
    let chosen = app.user();
    let qualified = BTreeMap::from([("never".to_owned(), BTreeSet::from([chosen.id().clone()]))]);
    app.fakes().set_condition(ConditionSettings { qualified, ..ConditionSettings::default() });
    chosen.claim(&never, &never_reward).await.expect(202);
    user.claim(&never, &never_reward).await.refused(422, "CONDITION_NOT_MET");
    app.finish().await;
}

#[tokio::test]
async fn no_usable_answer_is_recorded_retryable_and_never_a_grant() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"external": {"check": "vip"}})).await;
    let user = app.user();
    let none = Faults::default;
    let cases = [
        Faults { drop: Some(Dropping::Close), ..none() },
        Faults { malformed: true, ..none() },
        Faults { fail: Some(Fail { status: 500, times: None }), ..none() },
        Faults { fail: Some(Fail { status: 404, times: None }), ..none() },
        Faults { fail: Some(Fail { status: 429, times: None }), ..none() },
    ];
    let count = cases.len();
    for fault in cases {
        app.fakes().set_condition(faults(fault));
        unavailable(&app, &user, &campaign, &reward).await;
    }
    app.fakes().set_condition(ConditionSettings::default());
    user.claim(&campaign, &reward).await.expect(202);
    let request = app.request(&user, &campaign).await;
    assert_eq!(request["status"], "granted");
    let times =
        request["attempts"].as_array().unwrap().iter().map(|attempt| attempt["times"].as_u64().unwrap());
    assert_eq!(times.collect::<Vec<_>>(), [count as u64, 1]);
    assert_eq!(user.get("/inventory").await.json["meta"]["points"], 10);
    app.finish().await;
}

#[tokio::test]
async fn slow_service_is_not_waited_for() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"external": {"check": "vip"}})).await;
    let user = app.user();
    app.fakes().set_condition(faults(Faults { delay_ms: 60_000, ..Faults::default() }));
    let began = std::time::Instant::now();
    unavailable(&app, &user, &campaign, &reward).await;
    assert!(began.elapsed().as_secs() < 59);
    app.fakes().set_condition(ConditionSettings::default());
    user.claim(&campaign, &reward).await.expect(202);
    app.finish().await;
}

#[tokio::test]
async fn a_short_failure_is_asked_again_within_the_call() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"external": {"check": "vip"}})).await;
    let once = Fail { status: 503, times: Some(1) };
    app.fakes().set_condition(faults(Faults { fail: Some(once), ..Faults::default() }));
    app.user().claim(&campaign, &reward).await.expect(202);
    app.finish().await;
}

#[tokio::test]
async fn service_is_not_asked_when_other_conditions_decide() {
    let app = TestApp::start().await;
    app.fakes().set_condition(faults(Faults { drop: Some(Dropping::Close), ..Faults::default() }));
    let outside = json!({"external": {"check": "vip"}});
    let login = json!({"count": {"type": "login", "at_least": 1}});
    let (all, all_reward) = app.event(json!({"all": [outside, login]})).await;
    let (any, any_reward) = app.event(json!({"any": [outside, {"not": login}]})).await;
    let user = app.user();
    user.claim(&all, &all_reward).await.refused(422, "CONDITION_NOT_MET");
    user.claim(&any, &any_reward).await.expect(202);
    app.finish().await;
}
