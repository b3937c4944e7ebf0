//! Tests of `GET /products/{product_id}`, one product.

use dibs_tests::harness::TestApp;
use serde_json::json;

#[tokio::test]
async fn product_that_is_not_active_is_seen_by_staff_alone() {
    let app = TestApp::start().await;
    let new = json!({"name": "Ball", "price": 3_000, "category": "toy", "status": "inactive"});
    let made = app.operator().post("/products", new).await.expect(201);
    let path = format!("/products/{}", made["id"].as_str().unwrap());
    for caller in [app.auditor(), app.operator(), app.admin()] {
        assert_eq!(caller.get(&path).await.expect(200), made);
    }
    for caller in [app.anonymous(), app.user()] {
        caller.get(&path).await.refused(404, "NOT_FOUND");
    }
    app.operator().patch(&path, json!({"status": "active"})).await.expect(200);
    for caller in [app.anonymous(), app.user(), app.auditor()] {
        assert_eq!(caller.get(&path).await.expect(200)["status"], "active");
    }
    // An invalid token does not prevent access to an open route.
    let stale = app.anonymous().get(&path).header("authorization", "Bearer nonsense");
    stale.await.expect(200);
    for unknown in ["prd_none", "99999", "a%23b"] {
        app.anonymous().get(&format!("/products/{unknown}")).await.refused(404, "NOT_FOUND");
    }
    app.finish().await;
}
