use assertions::assert_each_eq;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn id(text: &str) -> OutsideId {
    OutsideId::parse(text).unwrap()
}

#[test]
fn a_type_is_short_and_lower_case() {
    for text in ["login", "a", "quest_clear", "7", &"x".repeat(32)] {
        assert_eq!(ActivityType::parse(text).unwrap().as_str(), text);
    }
    for text in ["", "Login", "a-b", "a b", "é", &"x".repeat(33)] {
        assert_eq!(ActivityType::parse(text), None, "{text}");
        assert!(serde_json::from_value::<ActivityType>(json!(text)).is_err());
    }
}

#[test]
fn an_outside_id_may_be_a_number() {
    for (json, text) in
        [(json!("a.b-C_1"), "a.b-C_1"), (json!(7), "7"), (json!(7.0), "7"), (json!(u32::MAX), "4294967295")]
    {
        assert_eq!(serde_json::from_value::<OutsideId>(json).unwrap().as_str(), text);
    }
    for json in [
        json!(""),
        json!("a#b"),
        json!(-1),
        json!(1.5),
        json!(4_294_967_296_u64),
        json!(null),
        json!("x".repeat(65)),
    ] {
        assert!(serde_json::from_value::<OutsideId>(json.clone()).is_err(), "{json}");
    }
}

#[test]
fn sign_ins_in_a_quarter_of_an_hour_are_one_activity() {
    let user = UserId::new("1");
    let login = |time: &str| Activity::login(user.clone(), at(time));
    let first = login("2026-11-21T09:00:00Z");
    assert_eq!(first.kind, ActivityType::LOGIN);
    assert_eq!(first.activity_id, login("2026-11-21T09:14:59.999Z").activity_id);
    assert_ne!(first.activity_id, login("2026-11-21T09:15:00Z").activity_id);
    assert_ne!(first.activity_id, login("2026-11-21T08:59:59.999Z").activity_id);
}

#[test]
fn a_slot_lies_within_one_day_in_every_zone() {
    use jiff::tz::TimeZone;
    for name in
        ["Asia/Kathmandu", "America/St_Johns", "Australia/Eucla", "Pacific/Chatham", "Asia/Kolkata", "UTC"]
    {
        let zone = TimeZone::get(name).unwrap();
        let start = at("2026-11-21T00:00:00Z");
        for slot in 0..96 {
            let first = start.plus_seconds(slot * LOGIN_SLOT_SECONDS);
            let last = first.plus_seconds(LOGIN_SLOT_SECONDS - 1);
            assert_eq!(first.day_in(&zone), last.day_in(&zone), "{name} {first}");
        }
    }
}

#[test]
fn somebody_is_invited_once() {
    let (user, friend) = (UserId::new("1"), OutsideId::of_user(&UserId::new("2")));
    let invite = Activity::invite(user.clone(), friend.clone(), at("2026-11-21T09:00:00Z"));
    assert_eq!(invite.reference, Some(id("usr_2")));
    assert_eq!(invite.activity_id, Activity::invite(user, friend, at("2027-01-01T00:00:00Z")).activity_id);
    let long = UserId::parse(&"x".repeat(80)).unwrap();
    assert!(OutsideId::parse(OutsideId::of_user(&long).as_str()).is_some());
}

#[test]
fn it_reads_what_is_posted_and_nothing_more() {
    let body = json!({
        "user_id": "usr_1", "type": "quest_clear", "occurred_at": "2026-11-21T09:00:00Z",
        "ref": 5, "activity_id": "a1",
    });
    let activity: Activity = serde_json::from_value(body.clone()).unwrap();
    assert_each_eq!((activity.reference.clone(), Some(id("5"))), (activity.month(), "2026-11".to_owned()));
    let mut more = body;
    more["extra"] = json!(1);
    assert!(serde_json::from_value::<Activity>(more).is_err());
}

#[test]
fn a_month_holds_no_more_than_its_limit() {
    let mut month = ActivityMonth::new(ActivityType::LOGIN, "2026-11");
    let entry = StoredActivity { at: at("2026-11-02T00:00:00Z"), reference: None };
    for number in 0..ENTRIES_MAX {
        assert_eq!(month.record(id(&number.to_string()), entry.clone()).unwrap(), Recorded::New);
    }
    assert_eq!(month.record(id("one-more"), entry.clone()).unwrap_err().code, Code::ActivityLimit);
    assert_eq!(month.record(id("7"), entry.clone()).unwrap(), Recorded::Known, "a repeat is no new one");
    assert_eq!(month.entries.len(), ENTRIES_MAX);
}

#[test]
fn activity_under_a_known_id_does_not_change_the_one_that_was_recorded() {
    let mut month = ActivityMonth::new(ActivityType::QUEST_CLEAR, "2026-11");
    let entry = StoredActivity { at: at("2026-11-02T00:00:00Z"), reference: Some(id("dragon")) };
    assert_eq!(month.record(id("7"), entry.clone()).unwrap(), Recorded::New);
    let earlier = StoredActivity { at: at("2026-11-01T00:00:00Z"), ..entry.clone() };
    assert_eq!(month.record(id("7"), earlier).unwrap(), Recorded::OtherTime);
    let other = StoredActivity { reference: Some(id("wolf")), ..entry.clone() };
    assert_eq!(month.record(id("7"), other).unwrap(), Recorded::OtherReference);
    assert_eq!(month.entries[&id("7")], entry);
}

/// Generates activities, including equal ones under one id.
fn entries() -> impl Strategy<Value = Vec<(u8, StoredActivity)>> {
    let entry = |number: u8| StoredActivity {
        at: Timestamp::from_millis(1_795_000_000_000 + i64::from(number % 5)),
        reference: number.is_multiple_of(2).then(|| id(&(number % 3).to_string())),
    };
    proptest::collection::vec((0u8..12).prop_map(move |number| (number, entry(number))), 0..40)
}

fn month_of<'a>(entries: impl IntoIterator<Item = &'a (u8, StoredActivity)>) -> ActivityMonth {
    let mut month = ActivityMonth::new(ActivityType::INVITE, "2026-11");
    for (number, entry) in entries {
        month.record(id(&number.to_string()), entry.clone()).unwrap();
    }
    month
}

proptest! {
    #[test]
    fn a_month_is_a_set(entries in entries(), cut in 0usize..40) {
        let whole = month_of(&entries);
        prop_assert_eq!(&month_of(entries.iter().rev()), &whole);
        prop_assert_eq!(&month_of(entries.iter().chain(&entries)), &whole);
        let (left, right) = entries.split_at(cut.min(entries.len()));
        let (left, right) = (month_of(left), month_of(right));
        let twice = (whole.clone(), whole.clone());
        for (mut one, other) in [(left.clone(), right.clone()), (right, left), twice] {
            one.merge(other);
            prop_assert_eq!(&one, &whole);
        }
        let json = serde_json::to_string(&whole).unwrap();
        prop_assert_eq!(serde_json::from_str::<ActivityMonth>(&json).unwrap(), whole);
    }
}
