//! Tests of `Idempotency-Key`: a repeat returns the first success, whatever has changed since.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

#[tokio::test]
async fn claim_with_a_key_is_answered_again_when_the_event_or_its_reward_is_gone() {
    let app = TestApp::start().await;
    let terms = json!({"valid_until": app.days_ago(-5), "total_limit": 1});
    let (campaign, reward) = app.event_with(json!({}), terms).await;
    let (user, other, operator) = (app.user(), app.user(), app.operator());
    let first = user.claim(&campaign, &reward).key("k").await.expect(202);
    let event = format!("/events/{campaign}");
    let again = async |why: &str| {
        app.settle().await;
        app.pass_seconds(2);
        let one = user.claim(&campaign, &reward).key("k").await.expect(202);
        assert_each_eq!((one["id"], first["id"]), (one["lines"].as_array().unwrap().len(), 1), "{why}");
        let all = user.claim_all(&campaign).key("k").await.expect(202);
        assert_eq!(all["outcomes"][0]["error"], Value::Null, "{why}");
        let lines = all["request"]["lines"].as_array().unwrap().len();
        assert_each_eq!((all["outcomes"].as_array().unwrap().len(), 1), (lines, 1), "{why}");
    };
    again("nothing changed").await;
    other.claim(&campaign, &reward).key("k").await.refused(409, "OUT_OF_STOCK");
    again("sold out").await;
    operator.patch(&event, json!({"status": "inactive"})).await.expect(200);
    again("inactive").await;
    user.claim(&campaign, &reward).key("l").await.refused(409, "EVENT_NOT_ACTIVE");
    other.claim(&campaign, &reward).key("k").await.refused(409, "EVENT_NOT_ACTIVE");
    operator.patch(&event, json!({"status": "active"})).await.expect(200);
    operator
        .patch(&format!("{event}/rewards/{reward}"), json!({"valid_until": app.days_ago(1)}))
        .await
        .expect(200);
    again("the offer's period is over").await;
    operator.delete(&format!("{event}/rewards/{reward}")).await.expect(204);
    again("the offer is taken out").await;
    user.claim(&campaign, &reward).key("l").await.refused(404, "NOT_FOUND");
    app.finish().await;
}

#[tokio::test]
async fn late_repeat_does_not_attach_again_what_was_taken_out() {
    let app = TestApp::start().await;
    let (campaign, reward) = (app.campaign(json!({})).await, app.points(5).await);
    let (operator, path) = (app.operator(), format!("/events/{campaign}/rewards"));
    let attach = || operator.post(&path, json!({"reward_id": reward, "total_limit": 3})).key("k");
    let first = attach().await.expect(201);
    operator.delete(&format!("{path}/{reward}")).await.expect(204);
    assert_eq!(attach().await.expect(201), first);
    assert_eq!(operator.get(&path).await.expect(200), json!([]), "it stays taken out");
    // Another request can attach the reward again, but a repeat of the first request does not.
    operator.post(&path, json!({"reward_id": reward})).await.expect(201);
    operator.delete(&format!("{path}/{reward}")).await.expect(204);
    attach().await.expect(201);
    assert_eq!(operator.get(&path).await.expect(200), json!([]));
    operator.post(&path, json!({"reward_id": reward})).key("k").await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    app.finish().await;
}

#[tokio::test]
async fn event_and_reward_that_could_not_be_created_any_more_are_answered_again() {
    let app = TestApp::start().await;
    let operator = app.operator();
    let event = json!({
        "name": "short", "status": "active", "starts_at": app.now(), "ends_at": app.now().plus_seconds(60),
    });
    let coupon = json!({"name": "short", "coupon_code": "SOON", "expires_at": app.now().plus_seconds(60)});
    let first = operator.post("/events", event.clone()).key("k").await.expect(201);
    let reward = operator.post("/rewards/coupon", coupon.clone()).key("k").await.expect(201);
    app.pass_seconds(120);
    let again = operator.post("/events", event.clone()).key("k").await.expect(201);
    assert_each_eq!((again["id"], first["id"]), (again["status"], "ended"), "as it is now");
    assert_eq!(operator.post("/rewards/coupon", coupon.clone()).key("k").await.expect(201), reward);
    operator.post("/events", event.clone()).key("l").await.invalid(&["ends_at"]);
    operator.post("/rewards/coupon", coupon).key("l").await.invalid(&["expires_at"]);
    operator
        .patch(&format!("/events/{}", first["id"].as_str().unwrap()), json!({"name": "new"}))
        .await
        .expect(200);
    let again = operator.post("/events", event).key("k").await.expect(201);
    assert_each_eq!((again["id"], first["id"]), (again["name"], "new"), "what a PATCH changed is shown");
    app.finish().await;
}

#[tokio::test]
async fn order_of_a_bodys_members_does_not_make_it_another_request() {
    let app = TestApp::start().await;
    let operator = app.operator();
    let post = |body: &str| operator.call("POST", "/rewards/point").raw("application/json", body).key("k");
    let first = post(r#"{"name": "ten", "points": 10}"#).await.expect(201);
    assert_eq!(post(r#"{ "points":10, "name":"ten" }"#).await.expect(201), first);
    post(r#"{"points": 11, "name": "ten"}"#).await.refused(422, "IDEMPOTENCY_KEY_REUSED");
    app.finish().await;
}
