//! Tests of `GET /reservations/{reservation_id}`, one reservation.

use dibs_tests::harness::TestApp;
use serde_json::json;

use super::guarded;

#[tokio::test]
async fn reservation_is_shown_to_its_owner_only() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let user = app.user();
    let made = user.reserve(&concert, &date, json!([1])).await.expect(201);
    let path = format!("/reservations/{}", made["id"].as_str().unwrap());
    assert_eq!(user.get(&path).await.snapshot(200), made);
    assert_eq!(app.admin().get(&path).await.expect(200), made);
    app.user().get(&path).await.refused(403, "FORBIDDEN");
    // The refusal does not reveal whether the reservation exists.
    app.user().get("/reservations/usr_other:1").await.refused(403, "FORBIDDEN");
    user.get(&format!("/reservations/{}:1", user.id())).await.refused(404, "NOT_FOUND");
    user.get("/reservations/nonsense").await.refused(404, "NOT_FOUND");
    guarded(&app, "GET", &path, &["operator", "auditor"]).await;
    app.finish().await;
}
