//! Tests of `GET /balance`, the caller's balance.

use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{charge, guarded};

#[tokio::test]
async fn balance_is_the_sum_of_the_charges() {
    let app = TestApp::start().await;
    let user = app.user();
    assert_eq!(user.get("/balance").await.snapshot(200), json!({"balance": 0, "updated_at": null}));
    let entry = charge(&user, 700).await.expect(201);
    let expected = json!({"balance": 700, "updated_at": entry["created_at"]});
    assert_eq!(user.get("/balance").await.expect(200), expected);
    assert_eq!(app.user().get("/balance").await.expect(200)["balance"], 0);
    guarded(&app, "GET", "/balance", &["operator", "auditor"]).await;
    app.finish().await;
}
