//! Tests of the worker that copies entries into the archive, here a folder.

use std::fs;
use std::path::Path;

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::audit::{AuditRoot, verify};
use serde_json::json;

use super::publish;

fn files(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(fs::read_to_string(&path).unwrap());
        }
    }
    found
}

async fn archive(app: &TestApp) {
    audit::workers::archive_entries::WORKER.handle_tick(app.app()).await.unwrap();
}

#[tokio::test]
async fn archive_has_each_hour_once_and_is_verified() {
    let folder = std::env::temp_dir().join(format!("dibs-audit-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("data");
    let app = TestApp::on(&file, 1_790_000_000_000).await;
    for amount in [1, 2, 3] {
        app.user().post("/balance/charge", json!({"amount": amount})).await.expect(201);
    }
    publish(&app).await;
    for _ in 0..2 {
        archive(&app).await;
    }
    let archived = files(&folder.join("data.audit"));
    app.finish().await;
    fs::remove_dir_all(&folder).unwrap();
    let (roots, entries): (Vec<&str>, Vec<&str>) =
        archived.iter().flat_map(|text| text.lines()).partition(|line| !line.contains("subject_kind"));
    let roots: Vec<AuditRoot> = roots.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let report = verify(entries.into_iter(), &roots);
    assert_each_eq!((report.fault, None), (report.covered, 3), (report.uncovered_since, None));
}

#[tokio::test]
async fn nothing_is_copied_without_an_archive() {
    let app = TestApp::start().await;
    publish(&app).await;
    archive(&app).await;
    let records = app.app().store().list_audit_roots(None, 10).await.unwrap();
    assert!(records.iter().all(|record| !record.archived), "{records:?}");
    app.finish().await;
}
