//! Tests of `GET /concerts`, the list of concerts.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::{Value, json};

use super::{guarded, pages, paging_is_checked};

#[tokio::test]
async fn concerts_are_listed_newest_first() {
    let app = TestApp::start().await;
    assert_eq!(app.user().get("/concerts").await.snapshot(200), json!([]));
    let mut made = Vec::new();
    for number in 0..5 {
        made.insert(0, app.concert(json!({"name": format!("concert {number}")})).await);
    }
    for caller in [app.user(), app.auditor(), app.operator()] {
        let (found, sizes) = pages(&caller, "/concerts?limit=2").await;
        let ids: Vec<&Value> = found.iter().map(|concert| &concert["id"]).collect();
        assert_each_eq!(
            (ids, json!(made).as_array().unwrap().iter().collect::<Vec<_>>()),
            (sizes, vec![2, 2, 1])
        );
    }
    paging_is_checked(&app.user(), "/concerts").await;
    guarded(&app, "GET", "/concerts", &[]).await;
    app.finish().await;
}
