//! Tests of `GET /payments`, the list of payments.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{charge, guarded, held, pages, paging_is_checked, pay, show};

#[tokio::test]
async fn payments_are_listed_without_the_charges() {
    let app = TestApp::start().await;
    let (user, show) = (app.user(), show(&app, json!({})).await);
    assert_eq!(user.get("/payments").await.snapshot(200), json!([]));
    let mut paid = Vec::new();
    for seat in 1..=5 {
        charge(&user, 100).await.expect(201);
        let id = held(&user, &show, json!([seat])).await;
        paid.insert(0, pay(&user, &id).await.expect(201));
    }
    let (payments, sizes) = pages(&user, "/payments?limit=2").await;
    assert_each_eq!((payments, paid), (sizes, vec![2, 2, 1]));
    // An auditor reads the payments of any user; a user reads only their own.
    let path = format!("/payments?user_id={}", user.id());
    for reader in [app.auditor(), app.admin(), user.clone()] {
        assert_eq!(reader.get(&path).await.expect(200), json!(paid));
    }
    app.user().get(&path).await.refused(403, "FORBIDDEN");
    assert_eq!(app.auditor().get("/payments").await.expect(200), json!([]));
    paging_is_checked(&user, "/payments").await;
    guarded(&app, "GET", "/payments", &["operator"]).await;
    app.finish().await;
}
