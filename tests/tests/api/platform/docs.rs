//! Tests of `GET /docs`, the documentation page.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;

#[tokio::test]
async fn the_page_needs_nothing_from_elsewhere() {
    let app = TestApp::start().await;
    let page = app.anonymous().get("/docs").await;
    assert_each_eq!((page.status, 200), (page.header("content-type"), Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'self'"), "{policy}");
    assert!(!page.text().contains("https://") && !page.text().contains("http://"), "{}", page.text());
    // All files that the page references exist.
    for file in ["docs.js", "swagger-ui.css", "swagger-ui-bundle.js"] {
        assert!(page.text().contains(file), "{file}");
        let reply = app.anonymous().get(&format!("/docs/{file}")).await;
        assert_each_eq!((reply.status, 200), (reply.header("x-content-type-options"), Some("nosniff")));
        let packed = reply.bytes.starts_with(&[0x1f, 0x8b]);
        assert_eq!(packed, reply.header("content-encoding") == Some("gzip"), "{file}");
        assert_eq!(packed, file.starts_with("swagger-ui"), "{file}");
    }
    app.anonymous().get("/docs/else.js").await.refused(404, "NOT_FOUND");
    app.finish().await;
}
