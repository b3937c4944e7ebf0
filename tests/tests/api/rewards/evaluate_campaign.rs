//! Tests of `POST /events/{event_id}/evaluate`, a dry run of the condition.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::external_checks::checks;
use super::guarded;

#[tokio::test]
async fn dry_run_shows_each_condition_and_writes_nothing() {
    let app = TestApp::start().await;
    let condition =
        json!({"all": [{"distinct_days": {"type": "login", "at_least": 3}}, {"external": {"check": "vip"}}]});
    let (campaign, reward) =
        app.event_with(json!({ "condition": condition }), json!({"total_limit": 5})).await;
    let pool = app.pool(&["A"]).await;
    app.offer(&campaign, &pool, json!({"condition": {"quest_cleared": {"quest_id": "q"}}})).await;
    let user = app.user();
    for days in [1, 2] {
        app.activity(&user, "login", json!({"occurred_at": app.days_ago(days)})).await;
    }
    app.settle().await;
    let before = app.tables().await;
    let path = format!("/events/{campaign}/evaluate");
    let seen = user.post(&path, json!({})).await.snapshot(200);
    assert_eq!(seen["user_id"], user.id().as_str());
    let days = &seen["condition"]["children"][0];
    assert_each_eq!((days["required"], 3), (days["actual"], 2), (days["passed"], false));
    let rewards = seen["rewards"].as_array().unwrap();
    assert_eq!(rewards.len(), 2);
    assert!(rewards.iter().all(|one| one["condition"]["passed"] == false));
    // Staff get the same result as the user. The body may be missing.
    for caller in [app.operator(), app.admin()] {
        assert_eq!(caller.post(&path, json!({"user_id": user.id()})).await.expect(200), seen);
    }
    assert_eq!(user.call("POST", &path).await.expect(200), seen);
    app.settle().await;
    app.unchanged_since(&before).await;
    app.activity(&user, "login", json!({"occurred_at": app.days_ago(3)})).await;
    let seen = user.post(&path, json!({})).await.expect(200);
    assert_eq!(seen["condition"]["passed"], true);
    let of = |id: &str| {
        let rewards = seen["rewards"].as_array().unwrap();
        rewards.iter().find(|one| one["reward_id"] == *id).unwrap()["condition"]["passed"].clone()
    };
    assert_each_eq!((of(&reward), json!(true)), (of(&pool), json!(false)));
    app.finish().await;
}

#[tokio::test]
async fn users_ask_for_themselves_and_staff_name_whom() {
    let app = TestApp::start().await;
    let (campaign, _) = app.event(json!({"all": []})).await;
    let path = format!("/events/{campaign}/evaluate");
    let (user, other) = (app.user(), app.user());
    user.post(&path, json!({"user_id": user.id()})).await.expect(200);
    user.post(&path, json!({"user_id": other.id()})).await.refused(403, "FORBIDDEN");
    app.operator().post(&path, json!({})).await.invalid(&["user_id"]);
    app.operator().post(&path, json!({"user_id": "a b", "x": 1})).await.invalid(&["user_id", "x"]);
    app.user().post("/events/cmp_none/evaluate", json!({})).await.refused(404, "NOT_FOUND");
    let call = || user.call("POST", &path);
    call().raw("application/json", "{").await.refused(400, "BAD_JSON");
    call().raw("text/plain", "{}").await.refused(415, "UNSUPPORTED_MEDIA_TYPE");
    call().raw("application/json", " ".repeat(64 * 1024 + 1)).await.refused(413, "PAYLOAD_TOO_LARGE");
    guarded(&app, "POST", &path, &["auditor"]).await;
    app.finish().await;
}

#[tokio::test]
async fn condition_stays_open_while_the_service_does_not_respond() {
    let app = TestApp::start().await;
    let (campaign, _) = app.event(json!({"external": {"check": "vip"}})).await;
    let faults = local::fakes::Faults { malformed: true, ..Default::default() };
    app.fakes().set_condition(local::fakes::ConditionSettings { faults, ..Default::default() });
    let seen = app.user().post(&format!("/events/{campaign}/evaluate"), json!({})).await.expect(200);
    assert_eq!(seen["condition"]["passed"], Value::Null);
    app.finish().await;
}

#[tokio::test]
async fn checks_of_a_dry_run_count_against_the_minute_of_who_asks() {
    let app = TestApp::start().await;
    let (first, _) = app.event(checks("a", 20)).await;
    let (second, _) = app.event(checks("b", 11)).await;
    let (user, operator) = (app.user(), app.operator());
    let evaluate = |event: &str| user.post(&format!("/events/{event}/evaluate"), json!({}));
    assert_eq!(evaluate(&first).await.expect(200)["condition"]["passed"], true);
    evaluate(&second).await.refused(429, "TOO_MANY_REQUESTS");
    let of_user = json!({"user_id": user.id()});
    operator.post(&format!("/events/{second}/evaluate"), of_user).await.expect(200);
    app.pass_seconds(61);
    evaluate(&second).await.expect(200);
    app.finish().await;
}

#[tokio::test]
async fn reason_of_the_service_is_shown_to_staff_only() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"any": [{"external": {"check": "never"}}]})).await;
    let (user, path) = (app.user(), format!("/events/{campaign}/evaluate"));
    let reason = |seen: &Value| seen["condition"]["children"][0]["reason"].clone();
    assert_eq!(reason(&user.post(&path, json!({})).await.expect(200)), Value::Null);
    let staff = app.operator().post(&path, json!({"user_id": user.id()})).await.expect(200);
    assert_eq!(reason(&staff), "the stand-in's rules do not name this user");
    let refused = user.claim(&campaign, &reward).await.refused(422, "CONDITION_NOT_MET");
    assert_eq!(reason(&refused["details"]), Value::Null);
    app.finish().await;
}
