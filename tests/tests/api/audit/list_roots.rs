//! Tests of `GET /audit/roots`.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{guarded, paging_is_checked, publish};

#[tokio::test]
async fn only_auditors_and_administrators_read_the_roots() {
    let app = TestApp::start().await;
    guarded(&app, "GET", "/audit/roots", &["user", "operator"]).await;
    for caller in [app.auditor(), app.admin()] {
        caller.get("/audit/roots").await.expect(200);
    }
    app.finish().await;
}

#[tokio::test]
async fn roots_are_latest_first_in_pages_and_as_an_export() {
    let app = TestApp::start().await;
    app.user().post("/balance/charge", json!({"amount": 500})).await.expect(201);
    for _ in 0..3 {
        publish(&app).await;
    }
    let auditor = app.auditor();
    let all = auditor.get("/audit/roots").await.expect(200);
    let all = all.as_array().unwrap();
    assert!(all.len() >= 3, "{all:?}");
    for pair in all.windows(2) {
        assert_eq!(pair[0]["previous"], pair[1]["hash"]);
    }
    let first = auditor.get("/audit/roots?limit=1").await;
    let cursor = first.json["meta"]["next_cursor"].as_str().unwrap().to_owned();
    let second = auditor.get(&format!("/audit/roots?limit=1&cursor={cursor}")).await.expect(200);
    let before = format!("/audit/roots?limit=1&before={}", all[0]["hour"].as_str().unwrap());
    let exported = auditor.get("/audit/roots?format=ndjson").await;
    assert_each_eq!(
        (second[0].clone(), all[1].clone()),
        (auditor.get(&before).await.expect(200)[0].clone(), all[1].clone()),
        (exported.header("content-type"), Some("application/x-ndjson")),
        (exported.text().lines().count(), all.len())
    );
    app.finish().await;
}

#[tokio::test]
async fn bad_filters_are_refused() {
    let app = TestApp::start().await;
    let auditor = app.auditor();
    auditor.get("/audit/roots?before=yesterday").await.invalid(&["before"]);
    paging_is_checked(&auditor, "/audit/roots").await;
    app.finish().await;
}
