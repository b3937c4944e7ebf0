//! Tests of the worker that publishes roots.

use aws_lambda_events::event::dynamodb::Event;
use dibs_tests::assert_each_eq;
use dibs_tests::harness::TestApp;
use domain::audit::{AuditHour, AuditRoot, verify};
use domain::events::{DomainEventData, EventType};
use runtime::Source;
use serde_json::{Value, json};
use store::schema::AUDIT;

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

/// Checks that entries which the relays record after the root of their hour was published are covered by a later root.
#[tokio::test]
async fn entries_that_are_recorded_late_are_covered_by_the_root_of_their_recording() {
    let app = TestApp::start().await;
    app.campaign(json!({})).await;
    app.show().await;
    app.deal(json!({})).await;
    app.user().post("/balance/charge", json!({"amount": 1})).await.expect(201);
    let queue = json!({"name": "late", "capacity": 1, "admissions_per_second": 1});
    app.operator().post("/queues", queue).await.expect(201);
    let relays = [
        &accounts::workers::relay_changes::WORKER,
        &rewards::workers::relay_changes::WORKER,
        &waiting_room::workers::relay_changes::WORKER,
        &concerts::workers::relay_changes::WORKER,
        &wallet::workers::relay_changes::WORKER,
        &deals::workers::relay_changes::WORKER,
    ];
    let mut created = Vec::new();
    for relay in relays {
        let Source::Stream(table, _) = relay.source else { panic!("{} reads no stream", relay.name) };
        created.push((relay, app.created(table).await));
    }
    // As if the relays had recorded nothing until now.
    app.empty(&AUDIT).await;
    publish(&app).await;
    for (relay, records) in created {
        let mut event = Event::default();
        event.records = records;
        relay.handle_stream(app.app(), event).await.unwrap();
    }
    publish(&app).await;
    let (lines, roots) = (export(&app).await, roots(&app).await);
    let report = verify(lines.iter().map(String::as_str), &roots);
    assert_each_eq!((report.fault, None), (report.covered, report.entries));
    let is_late = |line: &&String| {
        let entry: Value = serde_json::from_str(line).unwrap();
        entry["at"].as_str().unwrap()[..13] < *entry["covered_in"].as_str().unwrap()
    };
    let late = lines.iter().filter(is_late).count();
    assert!(late >= relays.len(), "{late} of {} entries", lines.len());
    app.finish().await;
}
