//! Tests of `GET /payments/{payment_id}`, one payment.

use dibs_tests::harness::TestApp;
use serde_json::json;

use super::{charge, guarded, held, pay, show};

#[tokio::test]
async fn a_payment_is_its_payers_and_the_auditors() {
    let app = TestApp::start().await;
    let (user, show) = (app.user(), show(&app, json!({})).await);
    charge(&user, 100).await.expect(201);
    let id = held(&user, &show, json!([1])).await;
    let payment = pay(&user, &id).await.expect(201);
    let path = format!("/payments/{}", payment["id"].as_str().unwrap());
    for reader in [user.clone(), app.auditor(), app.admin()] {
        assert_eq!(reader.get(&path).await.expect(200), payment);
    }
    app.user().get(&path).await.refused(403, "FORBIDDEN");
    // The id of a charge is not that of a payment, and other ids do not exist.
    for none in
        [format!("{}:1", user.id()), format!("{}:3", user.id()), format!("{}:x", user.id()), "x".to_owned()]
    {
        user.get(&format!("/payments/{none}")).await.refused(404, "NOT_FOUND");
    }
    guarded(&app, "GET", &path, &["operator"]).await;
    app.finish().await;
}
