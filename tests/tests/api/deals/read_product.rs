//! GET /products/{product_id}

use dibs_tests::harness::TestApp;
use serde_json::json;

#[tokio::test]
async fn everybody_sees_it_offered_or_not() {
    let app = TestApp::start().await;
    let new = json!({"name": "Ball", "price": 3_000, "category": "toy", "status": "inactive"});
    let made = app.operator().post("/products", new).await.expect(201);
    let path = format!("/products/{}", made["id"].as_str().unwrap());
    for caller in [app.anonymous(), app.user(), app.auditor(), app.operator()] {
        assert_eq!(caller.get(&path).await.expect(200), made);
    }
    for unknown in ["prd_none", "99999", "a%23b"] {
        app.anonymous().get(&format!("/products/{unknown}")).await.refused(404, "NOT_FOUND");
    }
    app.finish().await;
}
