//! Test of the shop's walk-through, a script that uses curl and jq, against the local stack over HTTP.

use std::io::Write;
use std::process::Output;

use dibs_tests::harness::TestApp;
use tokio::process::Command;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/shop/walk-through.sh");

/// Runs the script against `app`, and returns its output. Returns `None`, and prints a message, if this
/// machine lacks a tool that the script needs.
async fn walk_through(app: &TestApp) -> Option<Output> {
    for tool in ["bash", "curl", "jq"] {
        let found = Command::new(tool).arg("--version").output().await;
        if !found.is_ok_and(|found| found.status.success()) {
            // Written directly to standard error, because the test harness hides the output of tests that
            // pass.
            let skipped = format!("SKIPPED the shop's walk-through: there is no {tool}\n");
            std::io::stderr().write_all(skipped.as_bytes()).unwrap();
            return None;
        }
    }
    Some(Command::new("bash").arg(SCRIPT).arg(app.address()).output().await.unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn walk_through_of_the_shop_succeeds() {
    let app = TestApp::start().await;
    local::demo::seed(app.app()).await.unwrap();
    if let Some(said) = walk_through(&app).await {
        let text = String::from_utf8_lossy(&said.stdout) + String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success(), "{text}");
        assert!(text.contains("stock is back where it was: 100 available, 0 reserved"), "{text}");
    }
    app.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn walk_through_fails_where_there_is_no_shop() {
    let app = TestApp::start().await;
    if let Some(said) = walk_through(&app).await {
        let complaint = String::from_utf8_lossy(&said.stderr);
        assert!(!said.status.success(), "without a deal it is content");
        assert!(complaint.contains("user1@test.com is there"), "{complaint}");
    }
    app.finish().await;
}
