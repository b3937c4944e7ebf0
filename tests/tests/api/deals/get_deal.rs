//! Tests of `GET /timedeals/{deal_id}`, one deal.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

#[tokio::test]
async fn deal_is_shown_with_the_status_of_the_present_time() {
    let app = TestApp::start().await;
    let fields = json!({
        "start_at": app.now().plus_seconds(100), "end_at": app.now().plus_seconds(200), "stock_quantity": 3,
    });
    let deal = app.deal(fields).await;
    // Half a second is added, so that the clock is far from the border between two seconds.
    app.pass_millis(500);
    let path = format!("/timedeals/{deal}");
    let mut passed = 0;
    for (second, status, seconds_max) in [(0, "scheduled", 100), (110, "active", 90), (210, "ended", 0)] {
        app.pass_seconds(second - passed);
        passed = second;
        for caller in [app.anonymous(), app.user(), app.auditor(), app.operator()] {
            let found = caller.get(&path).await.expect(200);
            assert_each_eq!((found["status"], json!(status)), (found["available_quantity"], 3));
            // On a slow machine up to nine seconds may have passed.
            let remaining = found["remaining_seconds"].as_u64().unwrap();
            assert!(remaining <= seconds_max && remaining + 9 >= seconds_max, "{remaining} at {second}");
        }
    }
    app.finish().await;
}

#[tokio::test]
async fn unknown_deal_is_not_found() {
    let app = TestApp::start().await;
    app.deal(json!({})).await;
    for unknown in ["99999", "tdl_none", "a%23b"] {
        app.anonymous().get(&format!("/timedeals/{unknown}")).await.refused(404, "NOT_FOUND");
    }
    app.finish().await;
}

#[tokio::test]
async fn no_seconds_remain_of_a_deal_that_is_sold_out() {
    let app = TestApp::start().await;
    let deal = app.deal(json!({"stock_quantity": 2, "hold_seconds": 60})).await;
    let user = app.user();
    let order = user.order(&deal, 2).await.expect(201);
    let shown = app.deal_now(&deal).await;
    assert_each_eq!((shown["status"], "soldout"), (shown["remaining_seconds"], 0));
    user.delete(&format!("/orders/{}", order["id"].as_str().unwrap())).await.expect(200);
    let shown = app.deal_now(&deal).await;
    assert_eq!(shown["status"], "active", "it has come back");
    assert!(shown["remaining_seconds"].as_u64().is_some_and(|seconds| seconds > 3_000), "{shown}");
    app.finish().await;
}
