//! Tests of extreme times, and of values that match a schema but not its type.

use dibs_tests::harness::TestApp;
use serde_json::json;

const LAST: &str = "9999-12-31T23:59:59Z";

#[tokio::test]
async fn last_second_of_the_year_9999_is_accepted_wherever_a_time_ends_something() {
    let app = TestApp::start().await;
    let kept = "9999-12-31T23:59:59.000Z";
    let deal = app.deal(json!({"end_at": LAST})).await;
    assert_eq!(app.deal_now(&deal).await["end_at"], kept);
    let event = app.campaign(json!({"ends_at": LAST, "time_zone": "Pacific/Kiritimati"})).await;
    assert_eq!(app.operator().get(&format!("/events/{event}")).await.expect(200)["ends_at"], kept);
    let coupon = json!({"name": "c", "coupon_code": "A", "expires_at": LAST});
    let coupon = app.operator().post("/rewards/coupon", coupon).await.expect(201);
    assert_eq!(coupon["expires_at"], kept);
    let terms = json!({"reward_id": coupon["id"], "valid_from": app.now(), "valid_until": LAST});
    let offer = app.operator().post(&format!("/events/{event}/rewards"), terms).await.expect(201);
    assert_eq!(offer["valid_until"], kept);
    let user = app.user();
    let claim = format!("/events/{event}/requests/{}", coupon["id"].as_str().unwrap());
    user.post(&claim, json!({})).await.expect(202);
    app.settle().await;
    assert_eq!(user.get("/inventory").await.expect(200)[0]["expires_at"], kept);
    app.finish().await;
}

#[tokio::test]
async fn last_day_of_the_year_9999_is_a_date_of_a_concert_in_every_zone() {
    let app = TestApp::start().await;
    for zone in ["Pacific/Kiritimati", "Pacific/Pago_Pago", "UTC"] {
        let concert = app.concert(json!({"time_zone": zone})).await;
        let date = app.date(&concert, json!({"date": "9999-12-31"})).await;
        assert_eq!(date, "9999-12-31");
        assert_eq!(app.statuses(&concert, &date).await.len(), 50, "{zone}");
    }
    app.finish().await;
}

#[tokio::test]
async fn invalid_time_is_refused_by_its_field() {
    let app = TestApp::start().await;
    for odd in [
        "9999-12-31T23:59:59-01:00",
        "0000-01-01T00:00:00+01:00",
        "2026-02-30T00:00:00Z",
        "10000-01-01T00:00:00Z",
    ] {
        let deal = json!({"product_id": "prd_1", "deal_price": 1, "stock_quantity": 1, "start_at": app.now(), "end_at": odd});
        app.operator().post("/timedeals", deal).await.invalid(&["end_at"]);
        let activities = json!({"activities": [
            {"user_id": "usr_1", "type": "login"},
            {"user_id": "usr_1", "type": "login", "occurred_at": odd},
        ]});
        app.operator().post("/activities", activities).await.invalid(&["activities[1].occurred_at"]);
        app.operator()
            .get(&format!("/events/requests?from={}", odd.replace('+', "%2B")))
            .await
            .invalid(&["from"]);
    }
    app.finish().await;
}

#[tokio::test]
async fn number_beyond_its_type_is_refused_by_its_field() {
    let app = TestApp::start().await;
    for odd in ["99999999999", "-1", "99999999999999999999", "abc", "1.5"] {
        app.anonymous().get(&format!("/timedeals?page={odd}")).await.invalid(&["page"]);
    }
    let error = app.anonymous().get("/timedeals?page=abc").await.refused(400, "VALIDATION_ERROR");
    assert_eq!(error["details"], json!([{"field": "page", "message": "must be of type integer"}]));
    app.finish().await;
}
