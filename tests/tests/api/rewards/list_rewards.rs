//! Tests of `GET /rewards`, the list of rewards.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{each, guarded, pages, paging_is_checked};

#[tokio::test]
async fn pages_together_are_the_list_newest_first() {
    let app = TestApp::start().await;
    let mut made = Vec::new();
    for points in 1..=5 {
        made.push(app.points(points).await);
    }
    made.reverse();
    for caller in [app.operator(), app.auditor(), app.admin()] {
        let (all, sizes) = pages(&caller, "/rewards?limit=2").await;
        assert_each_eq!(
            (each(&json!(all), "id"), made.iter().map(String::as_str).collect::<Vec<_>>()),
            (sizes, vec![2, 2, 1])
        );
    }
    paging_is_checked(&app.auditor(), "/rewards").await;
    guarded(&app, "GET", "/rewards", &["user"]).await;
    app.finish().await;
}
