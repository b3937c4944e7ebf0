//! Invariant 6 for notifications: each decision and each grant is told once under one id, each mail has an outcome,
//! and each mail that was sent has arrived.

use std::collections::{BTreeMap, BTreeSet};

use domain::events::{DomainEventData, EventType, NotificationCreated};
use domain::notifications::{MailRecord, MailStatus};
use store::schema::NOTIFICATIONS;

use super::Case;
use crate::simulation::world::histories::writes::read;

/// Returns the events `notification.created` of a run, by the event that caused them. Repeats are dropped.
fn created<'a>(case: &'a Case<'_>) -> BTreeMap<&'a str, BTreeMap<&'a str, &'a NotificationCreated>> {
    let mut created: BTreeMap<&str, BTreeMap<&str, &NotificationCreated>> = BTreeMap::new();
    for event in &case.outbox {
        if let DomainEventData::Notification(one) = &event.data {
            created.entry(&one.event_id).or_default().insert(&one.notification_id, one);
        }
    }
    created
}

/// Checks that each approved, rejected or granted line item was told to its owner by one notification.
pub fn decisions_and_grants_are_told_once(case: &Case<'_>) -> Vec<String> {
    let created = created(case);
    let mut violations = Vec::new();
    let mut checked = BTreeSet::new();
    for event in &case.outbox {
        let DomainEventData::Claim(claim) = &event.data else { continue };
        let is_told = matches!(
            event.kind,
            EventType::ClaimApproved | EventType::ClaimRejected | EventType::ClaimGranted
        );
        if !is_told || !checked.insert(&event.id) {
            continue;
        }
        match created.get(event.id.as_str()).map(|found| found.values().collect::<Vec<_>>()) {
            None => violations.push(format!("{} of {} was not told", event.id, claim.user_id)),
            Some(found) => {
                if found.len() != 1 || found[0].user_id != claim.user_id {
                    violations.push(format!("{} of {} was told as {found:?}", event.id, claim.user_id));
                }
            }
        }
    }
    violations
}

/// Checks that each notification by mail has a record with an outcome, and that each mail with the outcome `sent`
/// has arrived at its recipient at least once, and no other mail.
pub fn mails_arrive(case: &Case<'_>) -> Vec<String> {
    let core = &case.workload.world.core;
    let items = core.scan(&NOTIFICATIONS).into_iter();
    let is_mail =
        |item: &serde_json::Value| item["pk"]["S"].as_str().is_some_and(|pk| pk.starts_with("MAIL#"));
    let records: BTreeMap<String, MailRecord> =
        items.filter(is_mail).map(read::<MailRecord>).map(|record| (record.id.clone(), record)).collect();
    let arrived = core.outside.mails();
    let mut violations = Vec::new();
    for record in records.values() {
        let count = arrived.get(&record.id).copied().unwrap_or(0);
        match record.status {
            MailStatus::Sending => violations.push(format!("mail {} has no outcome", record.id)),
            MailStatus::Sent if count == 0 => violations.push(format!("mail {} did not arrive", record.id)),
            MailStatus::Sent | MailStatus::Refused | MailStatus::Dropped => {}
        }
    }
    let created = created(case);
    for one in created.values().flat_map(BTreeMap::values) {
        let is_by_mail = one.kind != "request_approved";
        if is_by_mail && !records.contains_key(&one.notification_id) {
            violations.push(format!("the mail of {one:?} has no outcome"));
        }
    }
    violations
}
