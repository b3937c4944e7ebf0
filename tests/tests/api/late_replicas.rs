//! Tests of lists on lagging replicas: the index finds the items, but an eventually consistent batch read may
//! miss the newest of them.

use dibs_tests::harness::{Caller, TestApp};
use serde_json::json;

#[tokio::test]
async fn a_list_is_whole_although_its_replicas_are_late() {
    let app = TestApp::start().await;
    let user = app.user();
    app.register("minji@example.com").await;
    app.show().await;
    app.deal(json!({})).await;
    let queue = json!({"name": "Doors", "capacity": 10, "admissions_per_second": 10});
    app.operator().post("/queues", queue).await.expect(201);
    let (campaign, reward) = app.event(json!({"count": {"type": "login", "at_least": 1}})).await;
    app.activity(&user, "login", json!({})).await;
    user.claim(&campaign, &reward).await.expect(202);
    app.settle().await;
    let lists: [(Caller, &str); 8] = [
        (app.admin(), "/auth/users"),
        (app.user(), "/concerts"),
        (app.anonymous(), "/timedeals"),
        (app.anonymous(), "/products"),
        (app.operator(), "/queues"),
        (app.user(), "/events"),
        (app.auditor(), "/events/requests"),
        (app.operator(), "/rewards"),
    ];
    for (caller, path) in lists {
        let (usual, late) = (caller.get(path).await, app.with_late_replicas(&caller).get(path).await);
        let usual = usual.expect(200);
        assert!(!usual.as_array().is_some_and(Vec::is_empty), "{path}");
        assert_eq!(late.expect(200), usual, "{path}");
    }
    // The progress may be a second old, but no event is missing from it.
    let mine = app.with_late_replicas(&user).get("/activities/mine").await.expect(200);
    assert_eq!(mine["progress"][0]["event_id"], campaign.as_str());
    app.finish().await;
}
