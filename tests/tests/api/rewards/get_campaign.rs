//! Tests of `GET /events/{event_id}`, one campaign.

use dibs_tests::harness::TestApp;
use serde_json::json;

use super::guarded;

#[tokio::test]
async fn event_is_shown_to_users_while_active_and_to_staff_always() {
    let app = TestApp::start().await;
    for (fields, status, seen) in [
        (json!({}), "active", true),
        (json!({"starts_at": app.days_ago(-5)}), "active", true),
        (json!({"status": "draft"}), "draft", false),
        (json!({"status": "inactive"}), "inactive", false),
        (json!({"status": "ended"}), "ended", false),
        (json!({"ends_at": app.days_ago(1)}), "ended", false),
    ] {
        let campaign = app.campaign(fields).await;
        let path = format!("/events/{campaign}");
        for caller in [app.operator(), app.auditor(), app.admin()] {
            assert_eq!(caller.get(&path).await.expect(200)["status"], status);
        }
        let reply = app.user().get(&path).await;
        if seen {
            assert_eq!(reply.expect(200)["id"], campaign);
        } else {
            reply.refused(404, "NOT_FOUND");
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn ids_that_name_nothing_are_404() {
    let app = TestApp::start().await;
    for id in ["cmp_none", "1", "a%20b", "%F0%9F%98%80", "..%2F..%2Fetc"] {
        app.operator().get(&format!("/events/{id}")).await.refused(404, "NOT_FOUND");
    }
    guarded(&app, "GET", "/events/cmp_1", &[]).await;
    app.finish().await;
}
