//! Tests of `GET /concerts/{concert_id}/dates`, the list of dates.

use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{each, guarded, pages, paging_is_checked};

#[tokio::test]
async fn dates_that_can_be_reserved_stand_in_order() {
    let app = TestApp::start().await;
    let concert = app.concert(json!({})).await;
    let path = format!("/concerts/{concert}/dates");
    let days: Vec<String> = [2, 0, 4, 1, 3].into_iter().map(|day| app.day(day)).collect();
    for day in &days {
        app.date(&concert, json!({"date": day, "seats": 2})).await;
    }
    let mut sorted = days.clone();
    sorted.sort();
    for caller in [app.user(), app.auditor(), app.operator()] {
        let (found, sizes) = pages(&caller, &format!("{path}?limit=2")).await;
        assert_eq!(sizes, [2, 2, 1]);
        assert_eq!(each(&json!(found), "date"), sorted);
    }
    // The date of today is listed until its day ends.
    app.pass_seconds(24 * 60 * 60);
    assert_eq!(each(&app.user().get(&path).await.snapshot(200), "date"), sorted[1..]);
    paging_is_checked(&app.user(), &path).await;
    guarded(&app, "GET", &path, &[]).await;
    app.user().get("/concerts/con_none/dates").await.refused(404, "NOT_FOUND");
    app.finish().await;
}

#[tokio::test]
async fn a_date_without_a_free_seat_comes_back_when_a_hold_is_over() {
    let app = TestApp::start().await;
    let concert = app.concert(json!({"hold_seconds": 60})).await;
    let path = format!("/concerts/{concert}/dates");
    let (small, large) = (app.day(10), app.day(11));
    app.date(&concert, json!({"date": small, "seats": 2})).await;
    app.date(&concert, json!({"date": large, "seats": 3})).await;
    app.user().reserve(&concert, &small, json!([1, 2])).await.expect(201);
    app.user().reserve(&concert, &large, json!([1, 2])).await.expect(201);
    app.pass_seconds(1);
    assert_eq!(each(&app.user().get(&path).await.expect(200), "date"), [&large]);
    app.pass_seconds(60);
    assert_eq!(each(&app.user().get(&path).await.expect(200), "date"), [&small, &large]);
    app.finish().await;
}
