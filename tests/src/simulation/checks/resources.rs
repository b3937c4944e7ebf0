//! Invariant 6 for what staff set up, and for waiting rooms: every change is published, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use domain::Timestamp;
use domain::events::{DomainEvent, DomainEventData, EventType};
use domain::waiting_room::PositionEnd;
use store::schema::{CONCERTS, DEALS, REWARDS};

use super::Case;

/// Checks that the first version of each campaign, offer, product, concert and date was published, and no version
/// that there is not.
pub fn what_staff_set_up_is_told(case: &Case<'_>) -> Vec<String> {
    let versions = versions(case);
    let mut told = BTreeSet::new();
    let mut violations = Vec::new();
    for event in &case.outbox {
        let is_resource = matches!(
            event.data,
            DomainEventData::Campaign(_)
                | DomainEventData::Offer(_)
                | DomainEventData::Product(_)
                | DomainEventData::Concert(_)
                | DomainEventData::Date(_)
        );
        if !is_resource {
            continue;
        }
        let (subject, version) = event.id.rsplit_once(':').unwrap_or_default();
        let version: u64 = version.parse().unwrap_or(0);
        let is_one = versions.get(subject).is_some_and(|newest| (1..=*newest).contains(&version));
        if !is_one || subject != event.correlation_id {
            violations.push(format!("an event of nothing: {event:?}"));
        }
        if version == 1 {
            told.insert(subject);
        }
    }
    let untold = versions.keys().filter(|subject| !told.contains(subject.as_str()));
    violations.extend(untold.map(|subject| format!("nobody was told that {subject} was created")));
    violations
}

/// Returns the newest version of each campaign, offer, product, concert and date, by the subject of its events.
fn versions(case: &Case<'_>) -> BTreeMap<String, u64> {
    let core = &case.workload.world.core;
    let mut versions = BTreeMap::new();
    for item in [&REWARDS, &CONCERTS, &DEALS].into_iter().flat_map(|table| core.scan(table)) {
        let text = |name: &str| item[name]["S"].as_str().unwrap_or_default().to_owned();
        let subject = match text("sk").split('#').next().unwrap_or_default() {
            "CAMPAIGN" | "PRODUCT" | "CONCERT" => text("id"),
            "OFFER" => format!("{}:{}", text("campaign_id"), text("reward_id")),
            "DATE" => format!("{}:{}", text("concert_id"), text("date")),
            _ => continue,
        };
        let version = item["version"]["N"].as_str().and_then(|version| version.parse().ok());
        versions.insert(subject, version.unwrap_or(0));
    }
    versions
}

/// Checks that each change of a waiting room by its operator, each admission and each no-show was published, and
/// nothing else. A repeat of an event is identical.
pub fn rooms_tell_changes_admissions_and_no_shows(case: &Case<'_>) -> Vec<String> {
    let (mut violations, mut heard, mut absent) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    for event in &case.outbox {
        let timeless = DomainEvent { occurred_at: Timestamp::from_millis(0), ..event.clone() };
        match &event.data {
            DomainEventData::Queue(_) | DomainEventData::LetIn(_)
                if heard
                    .insert(event.id.clone(), timeless.clone())
                    .is_some_and(|known| known != timeless) =>
            {
                violations.push(format!("two events have one id: {event:?}"));
            }
            DomainEventData::NoShow(data) => {
                for position in &data.positions {
                    let known = absent.insert((data.queue_id.clone(), *position), event.id.clone());
                    if known.is_some_and(|known| known != event.id) {
                        violations.push(format!("position {position} is told as absent again: {event:?}"));
                    }
                }
            }
            _ => {}
        }
    }
    let mut wanted = BTreeMap::new();
    for (queue, line) in &case.lines {
        let before = std::iter::once(None).chain(line.rooms.iter().map(|(_, room)| Some(room)));
        for (before, (_, room)) in before.zip(&line.rooms) {
            for event in DomainEvent::of_waiting_room(before, room, Timestamp::from_millis(0)) {
                let timeless = DomainEvent { occurred_at: Timestamp::from_millis(0), ..event };
                wanted.insert(timeless.id.clone(), timeless);
            }
        }
        let ended = |(position, place): (&_, &crate::simulation::world::histories::lines::Place)| {
            let is_absent = place.end.is_some_and(|(_, end)| end == PositionEnd::NoShow);
            is_absent.then_some(*position)
        };
        let in_fact: BTreeSet<u64> =
            line.positions.iter().filter_map(ended).map(|position| position.0).collect();
        let told = absent.keys().filter(|(of, _)| of == queue).map(|(_, position)| *position).collect();
        if in_fact != told {
            violations.push(format!("{queue}: {in_fact:?} did not come, {EVENT} tells {told:?}"));
        }
    }
    if heard != wanted {
        let missing = wanted.iter().filter(|(id, event)| heard.get(*id) != Some(*event));
        violations.extend(missing.map(|(id, event)| format!("{event:?} was told as {:?}", heard.get(id))));
        let more = heard.iter().filter(|(id, _)| !wanted.contains_key(*id));
        violations.extend(more.map(|(_, event)| format!("an event of nothing: {event:?}")));
    }
    violations
}

/// Type of the events about absent users.
const EVENT: EventType = EventType::QueueNoShow;
