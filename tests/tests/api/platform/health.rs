//! GET /health

use dibs_tests::harness::TestApp;

#[tokio::test]
async fn it_is_well_and_says_so_to_everybody() {
    let app = TestApp::start().await;
    for caller in [app.anonymous(), app.user(), app.expired(), app.forger()] {
        let reply = caller.get("/health").await;
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        let health = reply.expect(200);
        assert_eq!(health["status"], "ok");
        assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
        let checks = health["checks"].as_object().unwrap();
        let mut names: Vec<_> = checks.keys().collect();
        names.sort();
        assert_eq!(names, ["table_accounts", "table_rewards"]);
        assert!(checks.values().all(|check| check == "ok"));
    }
    app.finish().await;
}
