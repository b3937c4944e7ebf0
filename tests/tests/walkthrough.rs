//! Test of the commands in README.md and docs/walkthrough.md, run against the local stack over HTTP.

use std::io::Write;

use dibs_tests::harness::TestApp;
use tokio::process::Command;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/walkthrough/run");

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_of_readme_and_walkthrough_succeed() {
    for tool in ["bash", "curl", "jq", "awk"] {
        let found = Command::new("sh").args(["-c", &format!("command -v {tool}")]).output().await.unwrap();
        if !found.status.success() {
            // Written directly to standard error, because the test harness hides the output of a test that
            // passes.
            let skipped = format!("SKIPPED the walk-through: there is no {tool}\n");
            return std::io::stderr().write_all(skipped.as_bytes()).unwrap();
        }
    }
    let app = TestApp::with_quick_retries().await;
    local::demo::seed(app.app()).await.unwrap();
    let printed = Command::new("bash").arg(SCRIPT).arg(app.address()).output().await.unwrap();
    let text = String::from_utf8_lossy(&printed.stdout) + String::from_utf8_lossy(&printed.stderr);
    assert!(printed.status.success(), "{text}");
    assert!(text.contains("\"required\":90000"), "a payment without money: {text}");
    app.finish().await;
}
