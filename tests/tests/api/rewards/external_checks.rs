//! Tests of the number and the duration of external checks.

use std::time::{Duration, Instant};

use dibs_tests::harness::TestApp;
use local::fakes::{ConditionSettings, Dropping, Faults};
use serde_json::{Value, json};

/// Returns a condition of `count` external checks, all of which every user passes. The checks of each `name`
/// are different.
pub fn checks(name: &str, count: usize) -> Value {
    let check = |number| json!({"external": {"check": format!("vip-{name}-{number}")}});
    json!({"all": (0..count).map(check).collect::<Vec<_>>()})
}

fn unreachable() -> ConditionSettings {
    ConditionSettings {
        faults: Faults { drop: Some(Dropping::Close), ..Faults::default() },
        ..ConditionSettings::default()
    }
}

#[tokio::test]
async fn checks_of_one_request_are_asked_side_by_side() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({})).await;
    for number in 0..8 {
        let reward = app.points(10).await;
        app.offer(&campaign, &reward, json!({"condition": checks(&number.to_string(), 2)})).await;
    }
    let slow = Faults { delay_ms: 60_000, ..Faults::default() };
    app.fakes().set_condition(ConditionSettings { faults: slow, ..ConditionSettings::default() });
    let (user, began) = (app.user(), Instant::now());
    let claimed = user.claim_all(&campaign).await.expect(202);
    // One after another, 16 checks with a timeout of 1.5 s each would take 24 s.
    assert!(began.elapsed() < Duration::from_secs(23), "{:?}", began.elapsed());
    let outcomes = claimed["outcomes"].as_array().unwrap();
    assert!(outcomes.iter().all(|outcome| outcome["error"]["code"] == "CONDITION_UNAVAILABLE"), "{claimed}");
    assert_eq!(outcomes.len(), 8);
    app.finish().await;
}

#[tokio::test]
async fn rewards_whose_checks_do_not_fit_into_the_minute_are_told_one_by_one() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({})).await;
    for name in ["a", "b", "c", "d"] {
        let reward = app.points(10).await;
        app.offer(&campaign, &reward, json!({"condition": checks(name, 10)})).await;
    }
    let user = app.user();
    let codes = |claimed: &Value| -> Vec<Value> {
        claimed["outcomes"]
            .as_array()
            .unwrap()
            .iter()
            .map(|outcome| outcome["error"]["code"].clone())
            .collect()
    };
    let claimed = user.claim_all(&campaign).await.expect(202);
    assert_eq!(codes(&claimed), [Value::Null, Value::Null, Value::Null, json!("TOO_MANY_REQUESTS")]);
    assert_eq!(
        claimed["request"]["lines"].as_array().unwrap().len(),
        3,
        "what was not asked is not recorded"
    );
    app.pass_seconds(61);
    let claimed = user.claim_all(&campaign).await.expect(202);
    assert_eq!(codes(&claimed)[3], Value::Null);
    app.finish().await;
}

#[tokio::test]
async fn condition_with_more_checks_than_the_limit_can_be_met() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(checks("a", 40)).await;
    app.user().claim(&campaign, &reward).await.expect(202);
    app.finish().await;
}

#[tokio::test]
async fn answer_with_a_further_field_is_understood() {
    let answer = br#"{"qualified": true, "segment": "gold", "reason": null, "checked": {"by": 7}}"#.to_vec();
    let integrations = integrations::Integrations::scripted(integrations::script(move |_| {
        let body = answer.clone();
        Box::pin(async move { integrations::ServiceReply::Answer { status: 200, body } })
    }));
    let request = integrations::ConditionRequest {
        check: "vip".to_owned(),
        params: std::collections::BTreeMap::new(),
        user_id: domain::ids::UserId::new("1"),
        campaign_id: domain::ids::CampaignId::new("1"),
    };
    let said = integrations.check_condition(domain::Timestamp::from_millis(0), &request).await;
    assert_eq!(said, integrations::ConditionAnswer::Qualified);
}

#[tokio::test]
async fn sold_out_reward_is_refused_before_the_service_is_asked_and_nothing_is_written() {
    let app = TestApp::start().await;
    let (outside, inside) =
        (json!({"external": {"check": "vip"}}), json!({"count": {"type": "boss", "at_least": 1}}));
    for condition in [outside, inside] {
        let terms = json!({"condition": condition, "total_limit": 1});
        let (campaign, reward) = app.event_with(json!({}), terms).await;
        let first = app.user();
        app.activity(&first, "boss", json!({})).await;
        first.claim(&campaign, &reward).await.expect(202);
        app.settle().await;
        app.pass_seconds(2);
        app.fakes().set_condition(unreachable());
        let tables = app.tables().await;
        let second = app.user();
        second.claim(&campaign, &reward).await.refused(409, "OUT_OF_STOCK");
        let all = second.claim_all(&campaign).await.expect(202);
        assert_eq!(all["outcomes"][0]["error"]["code"], "OUT_OF_STOCK");
        app.settle().await;
        app.unchanged_since(&tables).await;
        app.fakes().set_condition(ConditionSettings::default());
    }
    app.finish().await;
}

#[tokio::test]
async fn users_evaluate_only_events_that_they_can_read_and_the_service_is_not_asked_for_others() {
    let app = TestApp::start().await;
    let ended = json!({"starts_at": app.days_ago(30), "ends_at": app.days_ago(1), "status": "ended"});
    for fields in [json!({"status": "draft"}), json!({"status": "inactive"}), ended] {
        let mut fields = fields;
        fields["condition"] = json!({"external": {"check": "vip"}});
        let campaign = app.campaign(fields.clone()).await;
        let path = format!("/events/{campaign}/evaluate");
        let (user, tables) = (app.user(), app.tables().await);
        user.get(&format!("/events/{campaign}")).await.refused(404, "NOT_FOUND");
        user.post(&path, json!({})).await.refused(404, "NOT_FOUND");
        app.unchanged_since(&tables).await;
        let seen = app.operator().post(&path, json!({"user_id": user.id()})).await.expect(200);
        assert_eq!(seen["condition"]["passed"], true, "{fields}");
    }
    app.finish().await;
}
