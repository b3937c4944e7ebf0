//! Tests of `GET /events`, the list of campaigns.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{each, guarded, pages, paging_is_checked};

#[tokio::test]
async fn events_are_listed_active_for_users_and_all_for_staff() {
    let app = TestApp::start().await;
    let mut made = Vec::new();
    for status in ["draft", "active", "inactive", "ended"] {
        made.push(app.campaign(json!({"status": status})).await);
    }
    made.push(app.campaign(json!({"ends_at": app.days_ago(1)})).await);
    made.reverse();
    for caller in [app.operator(), app.auditor(), app.admin()] {
        assert_eq!(each(&caller.get("/events").await.expect(200), "id"), made);
        let ended = caller.get("/events?status=ended").await.expect(200);
        assert_eq!(each(&ended, "id"), made[..2]);
        let drafts = caller.get("/events?status=draft").await.expect(200);
        assert_eq!(each(&drafts, "id"), [&made[4]]);
    }
    let seen = app.user().get("/events").await.expect(200);
    assert_eq!(each(&seen, "id"), [&made[3]]);
    assert_eq!(app.user().get("/events?status=draft").await.expect(200), json!([]));
    app.finish().await;
}

#[tokio::test]
async fn pages_together_are_the_list() {
    let app = TestApp::start().await;
    let mut made = Vec::new();
    for number in 0..7 {
        let status = if number == 3 { "draft" } else { "active" };
        made.push(app.campaign(json!({"status": status})).await);
    }
    made.reverse();
    let (all, sizes) = pages(&app.operator(), "/events?limit=3").await;
    assert_each_eq!(
        (each(&json!(all), "id"), made.iter().map(String::as_str).collect::<Vec<_>>()),
        (sizes, vec![3, 3, 1])
    );
    let (seen, sizes) = pages(&app.user(), "/events?limit=3").await;
    assert_each_eq!((seen.len(), 6), (sizes, vec![3, 3]));
    paging_is_checked(&app.user(), "/events").await;
    app.user().get("/events?status=over&colour=red").await.invalid(&["status", "colour"]);
    guarded(&app, "GET", "/events", &[]).await;
    app.finish().await;
}
