//! Tests of `GET /health`, the health check.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use store::schema::{REWARDS, TABLES};

#[tokio::test]
async fn health_is_shown_to_every_caller() {
    let app = TestApp::start().await;
    for caller in [app.anonymous(), app.user(), app.expired(), app.forger()] {
        let reply = caller.get("/health").await;
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        let health = reply.expect(200);
        assert_eq!(health["status"], "healthy");
        assert_eq!(health["version"], env!("CARGO_PKG_VERSION"));
        let checks = health["checks"].as_object().unwrap();
        let mut names: Vec<_> = checks.keys().collect();
        names.sort();
        let mut tables: Vec<String> = TABLES.iter().map(|table| format!("table_{}", table.name)).collect();
        tables.sort();
        assert!(names.into_iter().eq(&tables), "{health}");
        assert!(checks.values().all(|check| check == "ok"));
    }
    app.finish().await;
}

#[tokio::test]
async fn a_failing_check_is_named_with_503() {
    let app = TestApp::start().await;
    app.drop_table(&REWARDS).await;
    let error = app.anonymous().get("/health").await.refused(503, "BUSY");
    let health = &error["details"];
    assert_eq!(health["status"], "failing");
    assert_each_eq!(
        (health["checks"]["table_rewards"], "failing"),
        (health["checks"]["table_accounts"], "ok")
    );
    app.abandon();
}
