//! Tests of days and months across time zones.

use super::*;
use assertions::assert_each_eq;

fn streak(days: u32) -> Condition {
    condition(json!({"streak": {"type": "login", "days": days}}))
}

fn distinct(days: u32) -> Condition {
    condition(json!({"distinct_days": {"type": "login", "at_least": days}}))
}

fn actual(condition: &Condition, zone: &str, times: &[&str]) -> u32 {
    let activities: Vec<_> = times.iter().map(|time| did("login", time)).collect();
    condition.evaluate(&facts_in(zone, &activities)).actual.unwrap()
}

#[test]
fn the_same_moments_are_other_days_elsewhere() {
    let times = ["2026-11-20T14:59:59Z", "2026-11-20T15:00:00Z", "2026-11-20T23:59:59Z"];
    assert_eq!(actual(&distinct(1), "UTC", &times), 1);
    assert_eq!(actual(&distinct(1), "Asia/Seoul", &times), 2);
}

#[test]
fn odd_offsets_cut_days_where_they_do() {
    let kathmandu = ["2026-11-20T18:14:59Z", "2026-11-20T18:15:00Z"];
    assert_eq!(actual(&distinct(1), "Asia/Kathmandu", &kathmandu), 2);
    assert_eq!(actual(&streak(2), "Asia/Kathmandu", &kathmandu), 2);
    assert_eq!(actual(&distinct(1), "Asia/Kolkata", &kathmandu), 1);
    let st_johns = ["2026-11-20T03:29:59Z", "2026-11-20T03:30:00Z"];
    assert_eq!(actual(&distinct(1), "America/St_Johns", &st_johns), 2);
    assert_eq!(
        actual(&distinct(1), "America/St_Johns", &["2026-07-20T02:30:00Z", "2026-07-20T02:29:59Z"]),
        2
    );
}

#[test]
fn short_and_long_days_are_days() {
    // 2026-03-08 has 23 hours and 2026-11-01 has 25 in New York.
    let spring =
        ["2026-03-08T04:59:59Z", "2026-03-08T05:00:00Z", "2026-03-09T03:59:59Z", "2026-03-09T04:00:00Z"];
    assert_eq!(actual(&distinct(1), "America/New_York", &spring), 3);
    assert_eq!(actual(&streak(3), "America/New_York", &spring), 3);
    let autumn =
        ["2026-11-01T03:59:59Z", "2026-11-01T04:00:00Z", "2026-11-02T04:59:59Z", "2026-11-02T05:00:00Z"];
    assert_eq!(actual(&distinct(1), "America/New_York", &autumn), 3);
    assert_eq!(actual(&streak(3), "America/New_York", &autumn), 3);
    // Midnight of 2018-11-04 did not exist in São Paulo; the day did.
    let midnight = ["2018-11-03T12:00:00Z", "2018-11-05T12:00:00Z"];
    assert_eq!(actual(&streak(2), "America/Sao_Paulo", &midnight), 1);
}

#[test]
fn a_day_that_never_was_breaks_no_streak() {
    let around = ["2011-12-29T20:00:00Z", "2011-12-30T20:00:00Z", "2011-12-31T20:00:00Z"];
    // Local times in Apia: the 29th, the 31st and the 1st at 10:00.
    assert_eq!(actual(&distinct(3), "Pacific/Apia", &around), 3);
    assert_eq!(actual(&streak(3), "Pacific/Apia", &around), 3);
    let edge = ["2011-12-30T09:59:59Z", "2011-12-30T10:00:00Z"];
    assert_eq!(actual(&streak(2), "Pacific/Apia", &edge), 2, "a second apart");
    // The same dates in a zone that did not skip the 30th.
    assert_eq!(actual(&streak(2), "Pacific/Pago_Pago", &["2011-12-29T20:00:00Z", "2011-12-31T20:00:00Z"]), 1);
}

#[test]
fn the_longest_run_counts() {
    let days: Vec<String> =
        [1, 2, 4, 5, 6, 9].iter().map(|day| format!("2026-11-{day:02}T12:00:00Z")).collect();
    let times: Vec<&str> = days.iter().map(String::as_str).collect();
    assert_eq!(actual(&streak(3), "UTC", &times), 3);
    assert_eq!(actual(&streak(3), "UTC", &[]), 0);
    assert_eq!(
        actual(&streak(2), "UTC", &["2025-12-31T23:00:00Z", "2026-01-01T01:00:00Z"]),
        2,
        "over a new year"
    );
    assert_eq!(
        actual(&streak(2), "UTC", &["2024-02-28T23:00:00Z", "2024-03-01T01:00:00Z"]),
        1,
        "a leap day between"
    );
}

#[test]
fn the_months_of_the_period_up_to_now_are_needed() {
    let wants = |start: &str, end: Option<&str>, now: &str| -> Vec<String> {
        let needs = streak(1).needs(at(start), end.map(at), at(now));
        needs.activities.into_iter().map(|(_, month)| month).collect()
    };
    let (october, january) = ("2026-10-31T23:59:59Z", "2027-01-01T00:00:00Z");
    assert_eq!(wants(october, Some(january), "2026-11-21T00:00:00Z"), ["2026-10", "2026-11"]);
    assert_eq!(wants(october, Some(january), "2028-01-01T00:00:00Z"), ["2026-10", "2026-11", "2026-12"]);
    assert_eq!(
        wants(october, None, "2026-12-31T23:59:59Z").last().unwrap(),
        "2027-01",
        "clocks may be ahead"
    );
    assert_eq!(wants(october, Some(january), "2026-10-01T00:00:00Z"), [""; 0], "not begun");
    assert_eq!(wants(january, Some(october), "2028-10-01T00:00:00Z"), [""; 0], "an empty period");
    let long = wants("1970-01-01T00:00:00Z", None, "2026-11-21T00:00:00Z");
    assert_each_eq!((long.len(), MONTHS_MAX), (long[0].as_str(), "2024-12"), (long[23].as_str(), "2026-11"));
    let past = wants("2011-12-01T00:00:00Z", Some("2012-01-01T00:00:00Z"), "2026-11-21T00:00:00Z");
    assert_eq!(past, ["2011-12"], "the most recent months of the period, not of the world");
    let extreme = streak(1).needs(Timestamp::from_millis(i64::MIN), None, Timestamp::from_millis(i64::MIN));
    assert_eq!(extreme.activities.len(), 1);
}

proptest! {
    #[test]
    fn what_counts_lies_in_a_month_that_is_needed(
        start in 0i64..2_000_000_000_000, now in 0i64..2_000_000_000_000,
        days in 0i64..700, when in 0i64..2_000_000_000_000,
    ) {
        let [start, now, when] = [start, now, when].map(Timestamp::from_millis);
        let end = Some(start.plus_seconds(days * 86_400));
        let activity = Did { kind: "login", id: "1".into(), at: when, reference: None };
        let window = Window { start, end };
        let facts = Facts { window, now, ..facts(&[activity]) };
        let counts = distinct(1).evaluate(&facts).passed == ConditionOutcome::Passed;
        let needs = distinct(1).needs(start, end, now);
        prop_assert!(!counts || needs.activities.contains(&(ActivityType::LOGIN, when.month())));
        let inside = window.start <= when && end.is_some_and(|end| when < end);
        prop_assert_eq!(counts, inside && when <= now.plus_seconds(60));
    }
}
