//! Tests of `GET /events/requests/mine`, the caller's own requests.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{guarded, pages, paging_is_checked};

#[tokio::test]
async fn own_requests_are_listed_and_no_others() {
    let app = TestApp::start().await;
    let (user, other) = (app.user(), app.user());
    for _ in 0..5 {
        let (campaign, reward) = app.event(json!({"all": []})).await;
        user.claim(&campaign, &reward).await.expect(202);
    }
    let (campaign, reward) = app.event(json!({"all": []})).await;
    other.claim(&campaign, &reward).await.expect(202);
    app.settle().await;
    let (mine, sizes) = pages(&user, "/events/requests/mine?limit=2").await;
    assert_each_eq!((mine.len(), 5), (sizes, vec![2, 2, 1]));
    assert!(mine.iter().all(|one| one["user_id"] == user.id().as_str() && one["status"] == "granted"));
    assert_eq!(pages(&other, "/events/requests/mine").await.0.len(), 1);
    assert_eq!(app.admin().get("/events/requests/mine").await.expect(200), json!([]));
    paging_is_checked(&user, "/events/requests/mine").await;
    guarded(&app, "GET", "/events/requests/mine", &["operator", "auditor"]).await;
    app.finish().await;
}
