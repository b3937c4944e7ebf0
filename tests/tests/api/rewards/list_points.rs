//! Tests of `GET /points/ledger`, the caller's points ledger.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{guarded, pages, paging_is_checked};

#[tokio::test]
async fn the_ledger_adds_up_and_has_each_grant_once() {
    let app = TestApp::start().await;
    let user = app.user();
    let campaign = app.campaign(json!({})).await;
    for points in 1..=7 {
        let reward = app.points(points).await;
        app.offer(&campaign, &reward, json!({"quantity": points})).await;
    }
    user.claim_all(&campaign).await.expect(202);
    app.settle().await;
    let (entries, sizes) = pages(&user, "/points/ledger?limit=3").await;
    assert_each_eq!((entries.len(), 7), (sizes, vec![3, 3, 1]));
    let mut balance = 0;
    for (number, entry) in (1..).zip(entries.iter().rev()) {
        balance += entry["points"].as_u64().unwrap();
        assert_each_eq!(
            (entry["number"].as_u64(), Some(number)),
            (entry["balance_after"].as_u64(), Some(balance))
        );
    }
    assert_eq!(balance, 1 + 4 + 9 + 16 + 25 + 36 + 49);
    assert_eq!(user.get("/inventory").await.json["meta"]["points"], balance);
    let mut grants: Vec<&str> = entries.iter().filter_map(|entry| entry["grant_id"].as_str()).collect();
    grants.sort_unstable();
    grants.dedup();
    assert_eq!(grants.len(), 7);
    assert_eq!(app.user().get("/points/ledger").await.expect(200), json!([]));
    paging_is_checked(&user, "/points/ledger").await;
    guarded(&app, "GET", "/points/ledger", &["operator", "auditor"]).await;
    app.finish().await;
}
