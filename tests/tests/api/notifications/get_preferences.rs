//! Tests of `GET /users/me/notifications`.

use dibs_tests::harness::TestApp;
use serde_json::json;

#[tokio::test]
async fn preferences_of_a_new_user_are_the_defaults() {
    let app = TestApp::start().await;
    for caller in [app.user(), app.operator(), app.auditor(), app.admin()] {
        let defaults = json!({
            "locale": "ko", "time_zone": "Asia/Seoul", "quiet_hours": null, "mail": true,
            "muted": [], "deals": [], "queues": [], "updated_at": null,
        });
        assert_eq!(caller.get("/users/me/notifications").await.expect(200), defaults);
    }
    app.anonymous().get("/users/me/notifications").await.refused(401, "UNAUTHORIZED");
    app.finish().await;
}
