//! Tests of `GET /balance/ledger`, the caller's money ledger.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{charge, guarded, held, ledger, pages, paging_is_checked, pay, show};

#[tokio::test]
async fn the_ledger_adds_up_and_says_what_was_paid() {
    let app = TestApp::start().await;
    let (user, show) = (app.user(), show(&app, json!({})).await);
    assert_eq!(user.get("/balance/ledger").await.snapshot(200), json!([]));
    for amount in 1..=5 {
        charge(&user, amount * 100).await.expect(201);
    }
    let reservation = held(&user, &show, json!([1, 2])).await;
    let payment = pay(&user, &reservation).await.expect(201);
    charge(&user, 9).await.expect(201);
    let (entries, sizes) = pages(&user, "/balance/ledger?limit=3").await;
    assert_each_eq!((entries.len(), 7), (sizes, vec![3, 3, 1]));
    let expected = json!({
        "number": 6, "type": "payment", "amount": 200, "balance_after": 1300, "payment_id": payment["id"],
        "reservation_id": reservation, "created_at": payment["created_at"],
    });
    assert_eq!(entries[1], expected);
    assert_eq!(ledger(&user).await.len(), 7);
    paging_is_checked(&user, "/balance/ledger").await;
    guarded(&app, "GET", "/balance/ledger", &["operator", "auditor"]).await;
    app.finish().await;
}
