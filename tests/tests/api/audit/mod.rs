//! Tests of the audit: entries, roots and the archive.

mod archive_entries;
mod list_entries;
mod list_roots;
mod publish_roots;

use dibs_tests::harness::TestApp;
use serde_json::Value;

use super::checks::{guarded, pages, paging_is_checked};

/// Lists the entries of one subject as an auditor, newest first.
async fn entries_of(app: &TestApp, kind: &str, id: &str) -> Vec<Value> {
    app.settle().await;
    let path = format!("/audit?subject_kind={kind}&subject_id={id}&limit=100");
    app.auditor().get(&path).await.expect(200).as_array().unwrap().clone()
}

/// Runs the worker that publishes roots, after the hour is settled.
async fn publish(app: &TestApp) {
    app.settle().await;
    app.pass_seconds(3600 + 900);
    publish_again(app).await;
}

async fn publish_again(app: &TestApp) {
    audit::workers::publish_roots::WORKER.handle_tick(app.app()).await.unwrap();
    app.settle().await;
}

/// Exports all entries, page by page, in NDJSON.
async fn export(app: &TestApp) -> Vec<String> {
    let (mut lines, mut next) = (Vec::new(), Some("/audit?format=ndjson".to_owned()));
    while let Some(path) = next {
        let reply = app.admin().get(&path).await;
        assert_eq!(reply.status, 200, "{}", reply.text());
        lines.extend(reply.text().lines().map(str::to_owned));
        let link = reply.header("link").and_then(|link| link.split(['<', '>']).nth(1));
        next = link.map(|link| link.strip_prefix("/api/v1").unwrap().to_owned());
    }
    lines
}
