//! Tests of `GET /activities/mine`, the caller's activities and progress.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{each, guarded};

#[tokio::test]
async fn own_activities_are_listed_with_the_progress() {
    let app = TestApp::start().await;
    let (days, _) = app.event(json!({"distinct_days": {"type": "login", "at_least": 3}})).await;
    let (vip, _) = app.event(json!({"external": {"check": "vip"}})).await;
    app.event_with(json!({"status": "draft"}), json!({})).await;
    let (user, other) = (app.user(), app.user());
    for day in [3, 1, 2] {
        app.activity(
            &user,
            "login",
            json!({"occurred_at": app.days_ago(day), "activity_id": format!("d{day}")}),
        )
        .await;
    }
    app.activity(&other, "login", json!({})).await;
    let mine = user.get("/activities/mine").await.snapshot(200);
    assert_eq!(each(&mine["activities"], "activity_id"), ["d1", "d2", "d3"]);
    let progress = mine["progress"].as_array().unwrap();
    assert_eq!(progress.len(), 2, "{mine}");
    let of =
        |event: &str| progress.iter().find(|one| one["event_id"] == *event).unwrap()["condition"].clone();
    assert_each_eq!((of(&days)["actual"], 3), (of(&days)["passed"], true));
    // Reading the progress does not ask the condition service.
    assert_eq!(of(&vip)["passed"], Value::Null);
    guarded(&app, "GET", "/activities/mine", &["operator", "auditor"]).await;
    app.finish().await;
}
