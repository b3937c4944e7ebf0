//! Tests of `PUT /notifications/rules/{kind}`.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use serde_json::json;

#[tokio::test]
async fn operator_changes_a_rule_once() {
    let app = TestApp::start().await;
    let operator = app.operator();
    let body = json!({"enabled": true, "channels": ["webhook"], "urgent": true});
    let changed = operator.put("/notifications/rules/granted", body.clone()).await.expect(200);
    assert_each_eq!(
        (changed["channels"], json!(["webhook"])),
        (changed["updated_by"].as_str(), Some(operator.id().as_str()))
    );
    app.pass_seconds(60);
    let again = app.admin().put("/notifications/rules/granted", body).await.expect(200);
    assert_eq!(again, changed, "a repeat changes nothing");
    app.finish().await;
}

#[tokio::test]
async fn rule_is_refused_to_others_and_for_a_kind_that_does_not_exist() {
    let app = TestApp::start().await;
    let body = json!({"enabled": true, "channels": [], "urgent": false});
    for caller in [app.user(), app.auditor()] {
        caller.put("/notifications/rules/granted", body.clone()).await.refused(403, "FORBIDDEN");
    }
    app.anonymous().put("/notifications/rules/granted", body.clone()).await.refused(401, "UNAUTHORIZED");
    app.operator().put("/notifications/rules/refunded", body).await.refused(404, "NOT_FOUND");
    let unknown = json!({"enabled": true, "channels": ["pigeon"], "urgent": false});
    app.operator().put("/notifications/rules/granted", unknown).await.refused(400, "VALIDATION_ERROR");
    app.finish().await;
}
