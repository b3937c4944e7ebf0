//! Tests of the worker that publishes roots.

use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::audit::{AuditHour, AuditRoot, verify};
use domain::events::{DomainEventData, EventType};
use serde_json::json;

use super::{export, publish, publish_again};

async fn roots(app: &TestApp) -> Vec<AuditRoot> {
    let records = app.app().store().list_audit_roots(None, 100).await.unwrap();
    records.into_iter().map(|record| record.root).collect()
}

#[tokio::test]
async fn root_covers_the_entries_of_its_hour_and_is_published_once() {
    let app = TestApp::start().await;
    for amount in [1, 2] {
        app.user().post("/balance/charge", json!({"amount": amount})).await.expect(201);
    }
    publish(&app).await;
    for _ in 0..2 {
        publish_again(&app).await;
    }
    let (roots, lines) = (roots(&app).await, export(&app).await);
    let report = verify(lines.iter().map(String::as_str), &roots);
    let entries: u64 = roots.iter().map(|root| root.entries).sum();
    assert_each_eq!((report.fault, None), (report.covered, 2), (entries, 2), (report.uncovered_since, None));
    let told = app.events().into_iter().filter_map(|event| match event.data {
        DomainEventData::AuditRoot(root) if event.kind == EventType::AuditRoot => Some(root),
        _ => None,
    });
    let mut told: Vec<AuditRoot> = told.collect();
    told.sort_by_key(|root| std::cmp::Reverse(root.hour));
    assert_eq!(told, roots);
    app.finish().await;
}

#[tokio::test]
async fn hour_that_may_still_get_entries_has_no_root() {
    let app = TestApp::start().await;
    publish_again(&app).await;
    let newest = roots(&app).await[0].hour;
    assert!(newest < AuditHour::of(app.now()) && newest.is_settled(app.now()), "{newest}");
    app.pass_seconds(3600);
    publish_again(&app).await;
    assert_eq!(roots(&app).await[0].hour, newest.next());
    app.finish().await;
}

#[tokio::test]
async fn worker_that_stood_still_catches_up() {
    let app = TestApp::start().await;
    publish_again(&app).await;
    app.pass_seconds(5 * 3600);
    for _ in 0..2 {
        publish_again(&app).await;
    }
    let roots = roots(&app).await;
    assert_eq!(roots.len(), 6);
    assert!(roots.windows(2).all(|pair| pair[0].previous.as_ref() == Some(&pair[1].hash)), "{roots:?}");
    app.finish().await;
}
