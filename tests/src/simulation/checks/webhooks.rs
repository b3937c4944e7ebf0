//! Invariant 6 for webhooks: every event since the creation of a webhook reaches its endpoint at least once, under one
//! id, and those of one subject in the order of its versions.

use std::collections::BTreeMap;

use domain::events::EventType;
use domain::webhooks::{Delivery, DeliveryStatus, EventOrder};

use super::Case;
use crate::simulation::world::faults::Fault;
use crate::simulation::world::outside::ReceivedEvent;
use crate::simulation::world::{BEGIN_MS, SKEW_MS_MAX};

/// Longest time from the begin of an attempt to the moment at which the endpoint notes it, in milliseconds.
const ATTEMPT_MS_MAX: u64 = 8_000;
/// Longest time for which a function stands still during an attempt, in milliseconds.
const FROZEN_MS_MAX: u64 = 300_000;

/// Checks that each event that happened after a webhook was created has reached its endpoint, that each event that was
/// stored for it is delivered, and that all calls about one event have one id.
pub fn every_event_arrives(case: &Case<'_>) -> Vec<String> {
    let mut violations = Vec::new();
    let received = case.workload.world.core.outside.received();
    for known in case.workload.webhooks.all() {
        let mut ids: BTreeMap<&str, &str> = BTreeMap::new();
        for one in received.iter().filter(|one| one.url == known.url) {
            let id = ids.entry(&one.event_id).or_insert(&one.message_id);
            if *id != one.message_id {
                violations.push(format!("{} has two ids: {id} and {}", one.event_id, one.message_id));
            }
        }
        let since_ms = BEGIN_MS + (known.since_ms + 2 * SKEW_MS_MAX) as i64;
        for event in &case.outbox {
            let is_new = event.occurred_at.as_millis() > since_ms;
            if is_new && !ids.contains_key(event.id.as_str()) {
                violations.push(format!("{} did not reach {}", event.id, known.url));
            }
        }
    }
    let left = case.workload.deliveries();
    let left = left.iter().filter(|one| one.status != DeliveryStatus::Delivered && !one.is_test());
    violations.extend(left.map(|one| format!("{one:?} is not delivered")));
    violations
}

/// Checks that events of one lane arrived in the order of their versions. An event may come behind a later one only if
/// it was stored when the attempt of the later one had begun. No-shows of a queue have no versions and are left out.
pub fn events_of_a_subject_are_in_order(case: &Case<'_>) -> Vec<String> {
    let core = &case.workload.world.core;
    let (received, stored) = (core.outside.received(), core.webhooks.stored());
    let frozen = core.env.trace.faults().contains_key(&Fault::Frozen);
    let attempt_ms = if frozen { ATTEMPT_MS_MAX + FROZEN_MS_MAX } else { ATTEMPT_MS_MAX };
    let mut lanes: BTreeMap<String, Vec<Delivery>> = BTreeMap::new();
    let versioned = |one: &Delivery| one.event_type != EventType::QueueNoShow.as_str();
    for one in case.workload.deliveries().into_iter().filter(versioned) {
        lanes.entry(format!("LANE#{}#{}", one.webhook_id, one.lane)).or_default().push(one);
    }
    let mut violations = Vec::new();
    for known in case.workload.webhooks.all() {
        let first = first_calls(received.iter().filter(|one| one.url == known.url));
        for (pk, lane) in lanes.iter_mut().filter(|(_, lane)| lane[0].webhook_id.as_str() == known.id) {
            lane.sort_by_key(|one| EventOrder::of(&one.event_id, one.accepted_at));
            for (index, earlier) in lane.iter().enumerate() {
                let Some(at_ms) = first.get(&earlier.event_id) else { continue };
                let overtaken = lane[index + 1..].iter().filter_map(|later| first.get(&later.event_id)).min();
                let Some(before_ms) = overtaken.filter(|other_ms| *other_ms < at_ms) else { continue };
                let key = (pk.clone(), format!("EVENT#{}", earlier.order.0));
                let stored_ms = stored.get(&key).copied().unwrap_or(0);
                if stored_ms + attempt_ms < *before_ms {
                    let id = &earlier.event_id;
                    violations.push(format!(
                        "{id} was stored at {stored_ms} and came at {at_ms}, after a later event at {before_ms}"
                    ));
                }
            }
        }
    }
    violations
}

/// Returns the time of the first call about each event, in milliseconds of the run.
fn first_calls<'a>(received: impl Iterator<Item = &'a ReceivedEvent>) -> BTreeMap<String, u64> {
    let mut first = BTreeMap::new();
    for one in received {
        first.entry(one.event_id.clone()).or_insert(one.at_ms);
    }
    first
}
