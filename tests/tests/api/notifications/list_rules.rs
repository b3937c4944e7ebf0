//! Tests of `GET /notifications/rules`.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;

#[tokio::test]
async fn each_kind_has_a_built_in_rule() {
    let app = TestApp::start().await;
    for caller in [app.operator(), app.auditor(), app.admin()] {
        let rules = caller.get("/notifications/rules").await.expect(200);
        let rules = rules.as_array().expect("a list");
        let let_in = rules.iter().find(|rule| rule["kind"] == "let_in").expect("a rule");
        assert_each_eq!(
            (rules.len(), 6),
            (let_in["enabled"], true),
            (let_in["urgent"], true),
            (let_in["updated_at"], serde_json::Value::Null)
        );
    }
    app.user().get("/notifications/rules").await.refused(403, "FORBIDDEN");
    app.anonymous().get("/notifications/rules").await.refused(401, "UNAUTHORIZED");
    app.finish().await;
}
