//! Tests of every kind of condition, from recorded activities to the claim.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::{Caller, PASSWORD, TestApp};
use serde_json::{Value, json};

/// Records an activity of type `kind` of `user` at each of these times.
async fn did(app: &TestApp, user: &Caller, kind: &str, times: &[String]) {
    for time in times {
        app.activity(user, kind, json!({ "occurred_at": time })).await;
    }
}

/// Returns the time of day `time` in UTC, `days_ago` days ago.
fn at(app: &TestApp, days_ago: i64, time: &str) -> String {
    let day = app.days_ago(days_ago).to_string();
    format!("{}T{time}Z", &day[..10])
}

#[tokio::test]
async fn distinct_days_are_days_of_the_events_own_calendar() {
    let app = TestApp::start().await;
    let days = json!({"distinct_days": {"type": "login", "at_least": 3}});
    let seoul = app.event_with(json!({"condition": days, "time_zone": "Asia/Seoul"}), json!({})).await;
    let utc = app.event_with(json!({"condition": days}), json!({})).await;
    let user = app.user();
    // These times are on two days in UTC, and on three in Seoul (UTC+9).
    let times =
        [at(&app, 5, "14:59:59"), at(&app, 5, "15:00:00"), at(&app, 4, "15:00:00"), at(&app, 4, "16:00:00")];
    did(&app, &user, "login", &times).await;
    let error = user.claim(&utc.0, &utc.1).await.refused(422, "CONDITION_NOT_MET");
    let tree = &error["details"]["condition"];
    assert_each_eq!((tree["required"], 3), (tree["actual"], 2), (tree["type"], "login"));
    user.claim(&seoul.0, &seoul.1).await.expect(202);
    // Repeated activities change nothing, and late ones count.
    did(&app, &user, "login", &times).await;
    user.claim(&utc.0, &utc.1).await.refused(422, "CONDITION_NOT_MET");
    did(&app, &user, "login", &[at(&app, 9, "00:00:00")]).await;
    user.claim(&utc.0, &utc.1).await.expect(202);
    app.finish().await;
}

#[tokio::test]
async fn a_streak_has_no_gap_and_may_have_come_in_any_order() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"streak": {"type": "login", "days": 7}})).await;
    let user = app.user();
    let mut times: Vec<String> = [9, 3, 5, 4, 8, 2].iter().map(|day| at(&app, *day, "12:00:00")).collect();
    did(&app, &user, "login", &times).await;
    let error = user.claim(&campaign, &reward).await.refused(422, "CONDITION_NOT_MET");
    assert_eq!(error["details"]["condition"]["actual"], 4);
    times.push(at(&app, 7, "12:00:00"));
    did(&app, &user, "login", &times[6..]).await;
    user.claim(&campaign, &reward).await.refused(422, "CONDITION_NOT_MET");
    did(&app, &user, "login", &[at(&app, 6, "12:00:00")]).await;
    user.claim(&campaign, &reward).await.expect(202);
    app.finish().await;
}

#[tokio::test]
async fn activity_counts_within_the_period_of_the_event_only() {
    let app = TestApp::start().await;
    let fields =
        json!({"condition": {"count": {"type": "login", "at_least": 1}}, "starts_at": app.days_ago(2)});
    let (campaign, reward) = app.event_with(fields, json!({})).await;
    let user = app.user();
    did(&app, &user, "login", &[app.days_ago(3).to_string()]).await;
    user.claim(&campaign, &reward).await.refused(422, "CONDITION_NOT_MET");
    did(&app, &user, "login", &[app.days_ago(1).to_string()]).await;
    user.claim(&campaign, &reward).await.expect(202);
    app.finish().await;
}

#[tokio::test]
async fn friends_count_once_each_by_registering() {
    let app = TestApp::start().await;
    let invited = json!({"count": {"type": "invite", "at_least": 2, "distinct_refs": true}});
    let (campaign, reward) = app.event(invited).await;
    let host = app.member("host@example.com").await;
    let guest = |number: u32| {
        let body = json!({"email": format!("guest{number}@example.com"), "password": PASSWORD, "name": "Guest",
            "invite_code": host.user["invite_code"]});
        app.anonymous().post("/auth/register", body)
    };
    guest(1).await.expect(201);
    guest(1).await.refused(409, "DUPLICATE_EMAIL");
    app.settle().await;
    let error = host.caller.claim(&campaign, &reward).await.refused(422, "CONDITION_NOT_MET");
    assert_eq!(error["details"]["condition"]["actual"], 1);
    guest(2).await.expect(201);
    app.settle().await;
    host.caller.claim(&campaign, &reward).await.expect(202);
    app.finish().await;
}

#[tokio::test]
async fn signing_in_is_recorded_by_itself() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"count": {"type": "login", "at_least": 1}})).await;
    app.register("kim@example.com").await;
    let member = app.sign_in("kim@example.com").await;
    app.settle().await;
    member.caller.claim(&campaign, &reward).await.expect(202);
    app.finish().await;
}

#[tokio::test]
async fn branches_are_counted_and_shown_node_by_node() {
    let app = TestApp::start().await;
    let quest = |id: &str| json!({"quest_cleared": {"quest_id": id}});
    let tree = json!({"all": [
        {"any": [quest("a"), quest("b")]},
        {"not": {"count": {"type": "ban", "at_least": 1}}},
        {"count": {"type": "login", "at_least": 2}},
    ]});
    let (campaign, reward) = app.event(tree).await;
    let user = app.user();
    app.activity(&user, "quest_clear", json!({"ref": "b"})).await;
    let error = user.claim(&campaign, &reward).await.refused(422, "CONDITION_NOT_MET");
    let found = &error["details"]["condition"];
    assert_each_eq!((found["kind"], "all"), (found["required"], 3), (found["actual"], 2));
    let passed: Vec<&Value> =
        found["children"].as_array().unwrap().iter().map(|child| &child["passed"]).collect();
    assert_eq!(passed, [true, true, false]);
    let any = &found["children"][0]["children"];
    assert_each_eq!((any[0]["passed"], false), (any[1]["passed"], true));
    did(&app, &user, "login", &[app.days_ago(1).to_string(), app.days_ago(2).to_string()]).await;
    user.claim(&campaign, &reward).await.expect(202);
    // A user for whom a ban is recorded does not qualify.
    let other = app.user();
    app.activity(&other, "quest_clear", json!({"ref": "a"})).await;
    did(&app, &other, "login", &[app.days_ago(1).to_string(), app.days_ago(2).to_string()]).await;
    app.activity(&other, "ban", json!({})).await;
    other.claim(&campaign, &reward).await.refused(422, "CONDITION_NOT_MET");
    app.finish().await;
}

#[tokio::test]
async fn a_reward_may_ask_for_more_than_its_event() {
    let app = TestApp::start().await;
    let campaign = app.campaign(json!({"condition": {"quest_cleared": {"quest_id": "a"}}})).await;
    let (plain, more) = (app.points(1).await, app.points(2).await);
    app.offer(&campaign, &plain, json!({})).await;
    app.offer(&campaign, &more, json!({"condition": {"quest_cleared": {"quest_id": "b"}}})).await;
    let user = app.user();
    app.activity(&user, "quest_clear", json!({"ref": "a"})).await;
    user.claim(&campaign, &plain).await.expect(202);
    user.claim(&campaign, &more).await.refused(422, "CONDITION_NOT_MET");
    app.activity(&user, "quest_clear", json!({"ref": "b"})).await;
    user.claim(&campaign, &more).await.expect(202);
    app.finish().await;
}
