//! Tests of `POST /activities`, which records activities.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{bodies_are_checked, guarded};

#[tokio::test]
async fn the_same_activity_counts_once() {
    let app = TestApp::start().await;
    let user = app.user();
    let post = |body: Value| app.operator().post("/activities", body);
    let login =
        json!({"user_id": user.id(), "type": "login", "activity_id": "a-1", "occurred_at": app.days_ago(1)});
    let first = post(login.clone()).await.expect(201);
    assert_eq!(first, json!([{"activity_id": "a-1", "outcome": "recorded", "user_known": false}]));
    assert_eq!(post(login.clone()).await.expect(201)[0]["outcome"], "duplicate");
    // An activity of another user or type is a different activity, although it has the same id.
    let mut other = login.clone();
    other["type"] = "quest_clear".into();
    assert_eq!(post(other).await.expect(201)[0]["outcome"], "recorded");
    let mut other = login;
    other["user_id"] = app.user().id().as_str().into();
    assert_eq!(post(other).await.expect(201)[0]["outcome"], "recorded");
    let mine = user.get("/activities/mine").await.expect(200);
    assert_eq!(mine["activities"].as_array().unwrap().len(), 2);
    app.finish().await;
}

#[tokio::test]
async fn activity_under_a_known_id_does_not_change_the_first_one() {
    let app = TestApp::start().await;
    let condition = json!({"count": {"type": "boss", "at_least": 1}});
    let (campaign, _) = app.event(condition).await;
    let (user, operator) = (app.user(), app.operator());
    let boss = |fields: Value| {
        let mut body = json!({"user_id": user.id(), "type": "boss", "activity_id": "a"});
        fields.as_object().unwrap().iter().for_each(|(name, value)| body[name] = value.clone());
        body
    };
    operator.post("/activities", boss(json!({"ref": "dragon"}))).await.snapshot(201);
    let passed = async || {
        let seen = user.post(&format!("/events/{campaign}/evaluate"), json!({})).await.expect(200);
        seen["condition"]["passed"].clone()
    };
    assert_eq!(passed().await, true);
    // One activity is in another month, one has another time, and one has another reference.
    let others = [
        json!({"ref": "dragon", "occurred_at": app.days_ago(100)}),
        json!({"ref": "dragon", "occurred_at": app.now().plus_seconds(-1)}),
        json!({"ref": "wolf"}),
    ];
    for (index, fields) in others.into_iter().enumerate() {
        let reply = operator.post("/activities", boss(fields.clone())).await;
        // In another month it is a different activity, and the first one stays recorded.
        if index > 0 {
            reply.refused(409, "CONFLICT");
        }
        let batch = operator.post("/activities", json!({"activities": [boss(fields)]})).await.expect(201);
        assert_eq!(batch[0]["outcome"], if index > 0 { "conflict" } else { "duplicate" });
        assert_eq!(passed().await, true);
    }
    let again = operator.post("/activities", boss(json!({"ref": "dragon"}))).await.expect(201);
    assert_eq!(again[0]["outcome"], "duplicate", "a repeat that says nothing of its time");
    app.finish().await;
}

#[tokio::test]
async fn activity_is_not_recorded_by_its_own_user() {
    let app = TestApp::start().await;
    let both = app.with_roles(&[domain::accounts::Role::Operator, domain::accounts::Role::User]);
    for caller in [both, app.admin()] {
        let own = json!({"user_id": caller.id(), "type": "boss"});
        let tables = app.tables().await;
        caller.post("/activities", own.clone()).await.refused(403, "OWN_ACTIVITY");
        let others = json!({"user_id": app.user().id(), "type": "boss"});
        caller
            .post("/activities", json!({"activities": [others.clone(), own]}))
            .await
            .refused(403, "OWN_ACTIVITY");
        app.unchanged_since(&tables).await;
        caller.post("/activities", others).await.expect(201);
    }
    app.finish().await;
}

#[tokio::test]
async fn reply_tells_which_users_have_an_account() {
    let app = TestApp::start().await;
    let member = app.member("somebody@test.com").await;
    let one = |id: &str| json!({"user_id": id, "type": "boss"});
    let batch = json!({"activities": [one(member.caller.id().as_str()), one("usr_typo"), one(member.caller.id().as_str())]});
    let told = app.operator().post("/activities", batch).await.expect(201);
    let known: Vec<&Value> = told.as_array().unwrap().iter().map(|one| &one["user_known"]).collect();
    assert_eq!(known, [true, false, true]);
    let single = app.operator().post("/activities", one("usr_typo")).await.expect(201);
    assert_each_eq!((single[0]["outcome"], "recorded"), (single[0]["user_known"], false));
    app.finish().await;
}

#[tokio::test]
async fn a_batch_has_an_outcome_for_each() {
    let app = TestApp::start().await;
    let user = app.user();
    let one = |id: u32| json!({"user_id": user.id(), "type": "kill", "activity_id": id});
    let mut batch: Vec<Value> = (0..99).map(one).collect();
    batch.push(one(5));
    let outcomes = app.operator().post("/activities", json!({"activities": batch})).await.expect(201);
    let outcomes = outcomes.as_array().unwrap();
    assert_eq!(outcomes.len(), 100);
    assert_eq!(outcomes.iter().filter(|one| one["outcome"] == "recorded").count(), 99);
    assert_eq!(outcomes.iter().filter(|one| one["activity_id"] == "5").count(), 2);
    app.finish().await;
}

#[tokio::test]
async fn a_key_repeats_the_answer() {
    let app = TestApp::start().await;
    let (user, operator) = (app.user(), app.operator());
    let body = json!({"user_id": user.id(), "type": "kill"});
    let first = operator.post("/activities", body.clone()).key("k").await.expect(201);
    assert_eq!(operator.post("/activities", body).key("k").await.expect(201), first);
    let other = json!({"user_id": user.id(), "type": "win"});
    operator.post("/activities", other).key("k").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    let mine = user.get("/activities/mine").await.expect(200);
    assert_eq!(mine["activities"].as_array().unwrap().len(), 1);
    app.finish().await;
}

#[tokio::test]
async fn a_month_has_room_for_only_so_many() {
    let app = TestApp::start().await;
    let (user, operator) = (app.user(), app.operator());
    let when = app.now();
    for batch in 0..20 {
        let activities: Vec<Value> = (0..100)
            .map(|number| json!({"user_id": user.id(), "type": "kill", "occurred_at": when, "activity_id": format!("{batch}-{number}")}))
            .collect();
        operator.post("/activities", json!({ "activities": activities })).await.expect(201);
    }
    let more = json!({"user_id": user.id(), "type": "kill", "occurred_at": when, "activity_id": "more"});
    operator.post("/activities", more.clone()).await.refused(409, "ACTIVITY_LIMIT");
    let known = json!({"user_id": user.id(), "type": "kill", "occurred_at": when, "activity_id": "0-0"});
    let outcomes = operator.post("/activities", json!({"activities": [more, known]})).await.expect(201);
    let outcomes: Vec<&Value> = outcomes.as_array().unwrap().iter().map(|one| &one["outcome"]).collect();
    assert_eq!(outcomes, ["limit", "duplicate"]);
    app.finish().await;
}

#[tokio::test]
async fn invalid_activity_is_refused() {
    let app = TestApp::start().await;
    let post = |body: Value| app.operator().post("/activities", body);
    post(json!({"user_id": "usr_1"})).await.invalid(&["type"]);
    post(json!({"user_id": "a b", "type": "Log In", "occurred_at": "now", "ref": "x y", "more": 1}))
        .await
        .invalid(&["user_id", "type", "occurred_at", "ref", "more"]);
    let good = json!({"user_id": "usr_1", "type": "login"});
    post(json!({"activities": []})).await.invalid(&["activities"]);
    post(json!({"activities": vec![good.clone(); 101]})).await.invalid(&["activities"]);
    post(json!({"activities": [good, {"user_id": "usr_1"}, {"type": 5, "user_id": "u"}]}))
        .await
        .invalid(&["activities[1].type", "activities[2].type"]);
    for (when, field) in [(app.days_ago(-1), "occurred_at"), (app.days_ago(400), "occurred_at")] {
        post(json!({"user_id": "usr_1", "type": "login", "occurred_at": when})).await.invalid(&[field]);
    }
    bodies_are_checked(&app, "POST", "/activities", 1024).await;
    guarded(&app, "POST", "/activities", &["user", "auditor"]).await;
    app.finish().await;
}
