//! Tests of paths without a route, and of behavior that all routes share.

use dibs_tests::harness::TestApp;
use serde_json::json;

#[tokio::test]
async fn an_unknown_path_is_404_for_everybody() {
    let app = TestApp::start().await;
    for path in ["/nowhere", "/api/v2/events", "/events/a/b/c/d", "/api/v1"] {
        app.anonymous().get(path).await.refused(404, "NOT_FOUND");
        app.admin().post(path, json!({})).await.refused(404, "NOT_FOUND");
    }
    app.finish().await;
}

#[tokio::test]
async fn another_method_is_405_and_allow_names_those_there_are() {
    let app = TestApp::start().await;
    let methods = |text: &str| {
        let mut methods: Vec<String> = text.split(',').map(|one| one.trim().to_owned()).collect();
        methods.retain(|method| method != "HEAD");
        methods.sort();
        methods.dedup();
        methods
    };
    for (path, expected) in [
        ("/events", vec!["GET", "POST"]),
        ("/events/cmp_1", vec!["DELETE", "GET", "PATCH"]),
        ("/auth/me", vec!["DELETE", "GET", "PATCH"]),
        ("/auth/login", vec!["POST"]),
        ("/health", vec!["GET"]),
    ] {
        let reply = app.anonymous().call("PUT", path).await;
        let allow = reply.header("allow").map(str::to_owned).unwrap_or_default();
        reply.refused(405, "METHOD_NOT_ALLOWED");
        assert_eq!(methods(&allow), expected, "{path}");
    }
    app.finish().await;
}

#[tokio::test]
async fn every_reply_names_its_call() {
    let app = TestApp::start().await;
    let one = app.anonymous().get("/health").await.header("x-request-id").map(str::to_owned);
    let two = app.anonymous().get("/health").await.header("x-request-id").map(str::to_owned);
    assert!(one.as_ref().is_some_and(|id| id.len() > 10) && one != two);
    let refused = app.user().get("/auth/users").await;
    let id = refused.header("x-request-id").map(str::to_owned);
    assert_eq!(refused.refused(403, "FORBIDDEN")["request_id"].as_str(), id.as_deref());
    app.finish().await;
}
