//! Tests of conditions, with the generators that they share.

mod calendar;
mod evaluation;
mod laws;
mod schema;
mod stored_form;

use jiff::tz::TimeZone;
use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;
use crate::Timestamp;
use crate::activities::{ActivityMonth, StoredActivity};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn condition(json: Value) -> Condition {
    serde_json::from_value(json).unwrap()
}

fn id(text: &str) -> OutsideId {
    OutsideId::parse(text).unwrap()
}

/// Activity as a test states it.
#[derive(Clone, Debug)]
struct Did {
    kind: &'static str,
    id: String,
    at: Timestamp,
    reference: Option<&'static str>,
}

fn did(kind: &'static str, time: &str) -> Did {
    Did { kind, id: time.replace(':', "."), at: at(time), reference: None }
}

/// Groups activities into months, in order of occurrence.
fn months(activities: &[Did]) -> Vec<ActivityMonth> {
    let mut months: Vec<ActivityMonth> = Vec::new();
    for did in activities {
        let kind = ActivityType::parse(did.kind).unwrap();
        let month = did.at.month();
        let place =
            months.iter().position(|known| known.kind == kind && known.month == month).unwrap_or_else(|| {
                months.push(ActivityMonth::new(kind, month));
                months.len() - 1
            });
        months[place]
            .record(id(&did.id), StoredActivity { at: did.at, reference: did.reference.map(id) })
            .unwrap();
    }
    months
}

/// Returns facts for 2026-09 to 2026-12 in UTC, evaluated at the end of that period.
fn facts(activities: &[Did]) -> Facts {
    Facts {
        window: Window { start: at("2026-09-01T00:00:00Z"), end: Some(at("2027-01-01T00:00:00Z")) },
        zone: TimeZone::UTC,
        now: at("2027-01-02T00:00:00Z"),
        months: months(activities),
        externals: BTreeMap::new(),
        reasons: BTreeMap::new(),
    }
}

fn facts_in(zone: &str, activities: &[Did]) -> Facts {
    let start = Timestamp::from_millis(0);
    Facts { window: Window { start, end: None }, zone: TimeZone::get(zone).unwrap(), ..facts(activities) }
}

fn some_type() -> impl Strategy<Value = ActivityType> {
    prop_oneof![Just(ActivityType::LOGIN), Just(ActivityType::INVITE), Just(ActivityType::QUEST_CLEAR)]
}

fn some_activities() -> impl Strategy<Value = Vec<Did>> {
    let kind = prop_oneof![Just("login"), Just("invite"), Just("quest_clear")];
    // Cover a month before and after the period, so that its boundaries are crossed.
    let time = at("2026-08-01T00:00:00Z").as_millis()..at("2027-02-01T00:00:00Z").as_millis();
    let reference = proptest::option::of(prop_oneof![Just("q1"), Just("q2"), Just("q3")]);
    let one = (kind, 0u8..30, time, reference).prop_map(|(kind, id, ms, reference)| Did {
        kind,
        id: id.to_string(),
        at: Timestamp::from_millis(ms),
        reference,
    });
    proptest::collection::vec(one, 0..60)
}

fn some_check() -> impl Strategy<Value = ExternalCheck> {
    let params = proptest::collection::btree_map("[a-z]{1,3}", ".{0,4}", 0..3);
    (prop_oneof![Just("vip"), Just("yes"), Just("no")], params)
        .prop_map(|(check, params)| ExternalCheck { check: id(check), params })
}

fn some_leaf() -> impl Strategy<Value = Condition> {
    prop_oneof![
        (some_type(), 1u32..12, any::<bool>()).prop_map(|(kind, at_least, distinct_refs)| Condition::Count(
            Count { kind, at_least, distinct_refs }
        )),
        (some_type(), 1u32..12)
            .prop_map(|(kind, at_least)| Condition::DistinctDays(DistinctDays { kind, at_least })),
        (some_type(), 1u32..5).prop_map(|(kind, days)| Condition::Streak(Streak { kind, days })),
        prop_oneof![Just("q1"), Just("q2"), Just("q9")]
            .prop_map(|quest| Condition::QuestCleared(QuestCleared { quest_id: id(quest) })),
        some_check().prop_map(Condition::External),
    ]
}

fn tree(with_not: bool) -> impl Strategy<Value = Condition> {
    some_leaf().prop_recursive(5, 40, 4, move |inner| {
        let all = proptest::collection::vec(inner.clone(), 0..4).prop_map(Condition::All);
        let any = proptest::collection::vec(inner.clone(), 1..4).prop_map(Condition::Any);
        let not = inner.prop_map(|child| Condition::Not(Box::new(child)));
        if with_not { prop_oneof![all, any, not].boxed() } else { prop_oneof![all, any].boxed() }
    })
}
