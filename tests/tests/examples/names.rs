//! Tests of stored and deployed names: those of commit f560274 must still be the same.

use std::collections::BTreeSet;

use dibs_tests::examples::{START_MS, record};
use dibs_tests::harness::TestApp;
use serde_json::json;
use store::schema::{LIST_INDEX, QUEUES, TABLES};

use crate::older_data::Older;

/// Tables of commit f560274, each with whether it has the list index.
const TABLES_BEFORE: [(&str, bool); 6] = [
    ("accounts", true),
    ("rewards", true),
    ("queue", true),
    ("concerts", true),
    ("wallet", false),
    ("deals", true),
];
/// Names of the queues of commit f560274.
const QUEUES_BEFORE: [&str; 7] =
    ["grants", "activities", "reservations", "rooms", "holds", "orders", "outbox"];
/// Types of domain events that the scenario of the examples causes in commit f560274.
const EVENTS_BEFORE: [&str; 16] = [
    "balance.charged",
    "claim.approved",
    "claim.granted",
    "claim.in_review",
    "claim.rejected",
    "claim.requested",
    "deal.active",
    "deal.changed",
    "order.canceled",
    "order.confirmed",
    "order.payment_requested",
    "order.reserved",
    "payment.completed",
    "reservation.canceled",
    "reservation.made",
    "reservation.paid",
];

/// Returns the prefixes of keys by table: of the partition key and of the sort key the part before the first
/// id.
fn prefixes(items: &[String]) -> BTreeSet<String> {
    let word = |item: &str, name: &str| {
        let value = item.split(&format!("\"{name}\": \"")).nth(1).and_then(|rest| rest.split('"').next());
        let first = value.unwrap_or_default().split('#').next().unwrap_or_default().to_owned();
        let is_word = !first.is_empty() && first.chars().all(|one| one.is_ascii_uppercase() || one == '_');
        if is_word { first } else { "<id>".to_owned() }
    };
    let of = |item: &String| {
        let table = item.split(':').next().unwrap_or_default();
        format!("{table} {} {}", word(item, "pk"), word(item, "sk"))
    };
    items.iter().map(of).collect()
}

#[test]
fn tables_indexes_and_queues_are_those_of_before() {
    assert_eq!(LIST_INDEX, "list");
    for (name, has_list) in TABLES_BEFORE {
        let now = TABLES.iter().find(|table| table.name == name);
        assert_eq!(now.map(|table| table.list_index), Some(has_list), "table {name}");
    }
    for name in QUEUES_BEFORE {
        assert!(QUEUES.iter().any(|queue| queue.name == name), "queue {name}");
    }
}

#[tokio::test]
async fn key_prefixes_and_event_types_are_those_of_before() {
    let older = Older::open().await;
    let before = prefixes(&older.app.tables().await);
    older.finish().await;
    let app = TestApp::at(START_MS).await;
    record(&app).await;
    // The scenario leaves no request in review, so one is made here.
    let campaign = app.campaign(json!({"review": "manual"})).await;
    let reward = app.points(10).await;
    app.offer(&campaign, &reward, json!({})).await;
    app.user().claim(&campaign, &reward).await.expect(202);
    let now = prefixes(&app.tables().await);
    let events: BTreeSet<String> = app.events().into_iter().map(|event| event.kind.to_string()).collect();
    app.finish().await;
    assert!(before.len() > 20, "the data file of before has items of many kinds: {before:?}");
    let gone: Vec<&String> = before.difference(&now).collect();
    assert!(gone.is_empty(), "keys that nothing writes any more: {gone:#?}; written are {now:#?}");
    let silent: Vec<&&str> = EVENTS_BEFORE.iter().filter(|kind| !events.contains(**kind)).collect();
    assert!(silent.is_empty(), "types of events that are not published any more: {silent:?}, of {events:?}");
}
