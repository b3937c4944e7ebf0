//! Tests of `GET /openapi.json`, the OpenAPI document.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::{TestApp, document};

#[tokio::test]
async fn document_is_the_one_that_the_routes_define() {
    let app = TestApp::start().await;
    let reply = app.anonymous().get("/openapi.json").await;
    assert_each_eq!((reply.status, 200), (reply.header("content-type"), Some("application/json")));
    assert_eq!(reply.header("cache-control"), Some("max-age=300"));
    assert!(reply.json == *document(), "run `cargo run -- openapi > functions/platform/openapi.json`");
    assert_eq!(reply.json["openapi"], "3.1.0");
    app.finish().await;
}
