//! Tests of `DELETE /reservations/{reservation_id}`, which cancels a reservation.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::guarded;

#[tokio::test]
async fn canceled_seats_are_free_at_once() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let user = app.user();
    let made = user.reserve(&concert, &date, json!([11, 12, 13, 14])).await.expect(201);
    let canceled = user.cancel(&made["id"]).await.snapshot(200);
    assert!(canceled["status"] == "canceled" && canceled["canceled_at"].is_string(), "{canceled}");
    assert_eq!(user.reservation(&made["id"]).await.expect(200), canceled);
    app.user().reserve(&concert, &date, json!([12, 13])).await.expect(201);
    user.cancel(&made["id"]).await.refused(400, "ALREADY_CANCELED");
    // The seats of the other user's reservation stay held.
    app.pass_seconds(1);
    let taken = app.statuses(&concert, &date).await;
    assert_eq!(taken.iter().filter(|status| *status == "held").count(), 2);
    app.finish().await;
}

#[tokio::test]
async fn expired_reservation_cannot_be_canceled() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let (user, next) = (app.user(), app.user());
    let made = user.reserve(&concert, &date, json!([1, 2])).await.expect(201);
    app.pass_seconds(300);
    let error = user.cancel(&made["id"]).await.refused(400, "CANNOT_CANCEL");
    assert_eq!(error["details"]["status"], "expired");
    let passed_on = next.reserve(&concert, &date, json!([1])).await.expect(201);
    user.cancel(&made["id"]).await.refused(400, "CANNOT_CANCEL");
    assert_eq!(next.reservation(&passed_on["id"]).await.expect(200)["status"], "held");
    app.finish().await;
}

#[tokio::test]
async fn paid_reservation_cannot_be_canceled() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let user = app.user();
    let made = user.reserve(&concert, &date, json!([1, 13])).await.expect(201);
    user.post("/balance/charge", json!({"amount": 20_000})).await.expect(201);
    user.post("/payments", json!({"reservation_id": made["id"]})).await.expect(201);
    let error = user.cancel(&made["id"]).await.refused(400, "CANNOT_CANCEL");
    assert_eq!(error["details"]["status"], "paid");
    app.pass_seconds(301);
    let statuses = app.statuses(&concert, &date).await;
    assert_each_eq!(
        (statuses[0].as_str(), "sold"),
        (statuses[1].as_str(), "available"),
        (statuses[12].as_str(), "sold")
    );
    let error = app.user().reserve(&concert, &date, json!([1])).await.refused(409, "SEAT_TAKEN");
    assert_eq!(error["details"]["seats"], json!(["1"]));
    app.finish().await;
}

#[tokio::test]
async fn reservation_is_canceled_by_its_owner_only() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let user = app.user();
    let made = user.reserve(&concert, &date, json!([1])).await.expect(201);
    app.user().cancel(&made["id"]).await.refused(403, "FORBIDDEN");
    user.cancel(&json!(format!("{}:none", user.id()))).await.refused(404, "NOT_FOUND");
    user.cancel(&json!("none")).await.refused(404, "NOT_FOUND");
    let path = format!("/reservations/{}", made["id"].as_str().unwrap());
    guarded(&app, "DELETE", &path, &["operator", "auditor"]).await;
    assert_eq!(user.reservation(&made["id"]).await.expect(200), made);
    app.finish().await;
}
