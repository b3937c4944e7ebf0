//! Tests of `GET /reservations`, the caller's own reservations.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{guarded, pages, paging_is_checked};

#[tokio::test]
async fn own_reservations_are_listed_newest_first() {
    let app = TestApp::start().await;
    let (concert, date) = app.show().await;
    let (user, other) = (app.user(), app.user());
    let mut made = Vec::new();
    for seat in 1..=5 {
        app.pass_millis(1);
        made.insert(0, user.reserve(&concert, &date, json!([seat])).await.expect(201));
    }
    other.reserve(&concert, &date, json!([6])).await.expect(201);
    let (found, sizes) = pages(&user, "/reservations?limit=2").await;
    assert_each_eq!((found, made.clone()), (sizes, vec![2, 2, 1]));
    app.pass_seconds(300);
    let over: Vec<Value> = user.get("/reservations").await.snapshot(200).as_array().unwrap().clone();
    assert!(over.iter().all(|reservation| reservation["status"] == "expired"), "{over:?}");
    assert_eq!(app.user().get("/reservations").await.expect(200), json!([]));
    paging_is_checked(&user, "/reservations").await;
    guarded(&app, "GET", "/reservations", &["operator", "auditor"]).await;
    app.finish().await;
}
