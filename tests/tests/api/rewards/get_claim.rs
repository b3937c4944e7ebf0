//! Tests of `GET /events/requests/{request_id}`, one request.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::guarded;

#[tokio::test]
async fn request_is_shown_in_full_to_its_owner_and_to_staff() {
    let app = TestApp::start().await;
    let login = json!({"count": {"type": "login", "at_least": 1}});
    let (campaign, reward) = app.event_with(json!({"condition": login, "review": "manual"}), json!({})).await;
    let (user, operator) = (app.user(), app.operator());
    user.claim(&campaign, &reward).await.refused(422, "CONDITION_NOT_MET");
    app.activity(&user, "login", json!({})).await;
    let id = user.claim(&campaign, &reward).await.expect(202)["id"].as_str().unwrap().to_owned();
    let path = format!("/events/requests/{id}");
    operator.patch(&path, json!({"action": "approve", "reason": "fine"})).await.expect(200);
    app.settle().await;
    let seen = app.auditor().get(&path).await.snapshot(200);
    for caller in [app.operator(), app.admin()] {
        assert_eq!(caller.get(&path).await.expect(200), seen);
    }
    // The owner sees the same request, without the decider and the reason.
    let mut own = user.get(&path).await.expect(200);
    assert_each_eq!((own["audit"][2]["actor"], "staff"), (own["audit"][2]["reason"], Value::Null));
    for (place, field) in [("/audit/2", "actor"), ("/audit/2", "reason"), ("/lines/0", "decided_by")] {
        own.pointer_mut(place).unwrap()[field] = seen.pointer(place).unwrap()[field].clone();
    }
    assert_eq!(own, seen);
    let audit: Vec<(&str, &str)> = seen["audit"]
        .as_array()
        .unwrap()
        .iter()
        .map(|change| (change["status"].as_str().unwrap(), change["actor"].as_str().unwrap()))
        .collect();
    let (me, they) = (user.id().as_str(), operator.id().as_str());
    assert_eq!(audit, [("failed", me), ("in_review", me), ("approved", they), ("granted", "dibs")]);
    assert_eq!(seen["attempts"].as_array().unwrap().len(), 2);
    let line = &seen["lines"][0];
    assert_each_eq!(
        (line["condition"]["passed"], true),
        (line["status"], "granted"),
        (line["reason"], Value::Null)
    );
    assert_eq!(seen["grants"][0]["granted_at"], line["granted_at"]);
    assert_eq!(seen["updated_at"], line["granted_at"]);
    app.finish().await;
}

#[tokio::test]
async fn request_of_another_user_is_forbidden() {
    let app = TestApp::start().await;
    let (campaign, reward) = app.event(json!({"all": []})).await;
    let id = app.user().claim(&campaign, &reward).await.expect(202)["id"].as_str().unwrap().to_owned();
    let path = format!("/events/requests/{id}");
    app.user().get(&path).await.refused(403, "FORBIDDEN");
    // The refusal does not reveal whether the request exists.
    app.user().get(&format!("/events/requests/usr_other:{campaign}")).await.refused(403, "FORBIDDEN");
    app.auditor().get(&format!("/events/requests/usr_other:{campaign}")).await.refused(404, "NOT_FOUND");
    app.auditor().get("/events/requests/nonsense").await.refused(404, "NOT_FOUND");
    guarded(&app, "GET", &path, &[]).await;
    app.finish().await;
}
