//! Tests of `GET /docs`, the documentation page.

use dibs_tests::harness::TestApp;

#[tokio::test]
async fn the_page_needs_nothing_from_elsewhere() {
    let app = TestApp::start().await;
    let page = app.anonymous().get("/docs").await;
    assert_eq!((page.status, page.header("content-type")), (200, Some("text/html; charset=utf-8")));
    let policy = page.header("content-security-policy").unwrap();
    assert!(policy.starts_with("default-src 'self'"), "{policy}");
    assert!(!page.text().contains("https://") && !page.text().contains("http://"), "{}", page.text());
    // All files that the page references exist.
    for file in ["docs.js", "swagger-ui.css", "swagger-ui-bundle.js"] {
        assert!(page.text().contains(file), "{file}");
        let reply = app.anonymous().get(&format!("/docs/{file}")).await;
        assert_eq!((reply.status, reply.header("x-content-type-options")), (200, Some("nosniff")));
        let packed = reply.bytes.starts_with(&[0x1f, 0x8b]);
        assert_eq!(packed, reply.header("content-encoding") == Some("gzip"), "{file}");
        assert_eq!(packed, file.starts_with("swagger-ui"), "{file}");
    }
    app.anonymous().get("/docs/else.js").await.refused(404, "NOT_FOUND");
    app.finish().await;
}
