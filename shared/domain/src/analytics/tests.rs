use std::collections::BTreeSet;

use assertions::assert_each_eq;
use jiff::tz::TimeZone;
use proptest::prelude::*;

use super::*;
use crate::Timestamp;
use crate::accounts::{Account, AccountStatus};
use crate::concerts::Date;
use crate::ids::{CampaignId, ConcertId, DealId, QueueId, UserId};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn account(id: u32, last_login_at: Option<Timestamp>) -> Account {
    Account {
        trail: crate::trail::Trail::default(),
        id: UserId::new(id),
        person: None,
        roles: BTreeSet::new(),
        status: AccountStatus::Active,
        invited_by: None,
        created_at: at("2026-11-01T00:00:00Z"),
        last_login_at,
        last_seen_at: None,
        former: Vec::new(),
        epoch: 1,
        version: 1,
    }
}

fn series(figures: Figures) -> Series {
    let mut series = Series::default();
    for ((_, slot), counters) in figures {
        series.add(slot, &counters);
    }
    series
}

fn period(
    from: &str,
    to: &str,
    bucket: BucketLength,
    zone: &str,
    stored: SlotLength,
) -> crate::Result<Period> {
    Period::of((Some(at(from)), Some(at(to))), bucket, zone, stored, at("2026-11-28T00:00:00Z"))
}

#[test]
fn topic_is_read_as_it_was_written() {
    let topics = [
        Topic::Campaigns,
        Topic::Campaign(CampaignId::new("c")),
        Topic::Users,
        Topic::Deals,
        Topic::Deal(DealId::new("d")),
        Topic::Concerts,
        Topic::Date(ConcertId::new("k"), Date::parse("2026-12-24").unwrap()),
        Topic::Queues,
        Topic::Queue(QueueId::new("q")),
    ];
    for topic in topics {
        assert_eq!(Topic::parse(&topic.to_string()), Some(topic));
    }
    for wrong in ["", "deal", "deals#x", "campaign#c#d", "date#k"] {
        assert_eq!(Topic::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn slot_is_read_as_it_was_written() {
    let slot = TimeSlot::of(at("2026-11-05T23:59:59.999Z"), SlotLength::Quarter);
    assert_each_eq!((slot.day(), "2026-11-05"), (slot.quarter(), "95"));
    assert_eq!(TimeSlot::parse("2026-11-05", "95"), Some(slot));
    let hour = TimeSlot::of(at("2026-11-05T23:59:59.999Z"), SlotLength::Hour);
    assert_each_eq!((hour.quarter(), "92"), (slot.quarters_since(hour), 3));
    for (day, quarter) in [("2026-11-05", "96"), ("2026-11-31", "00"), ("x", "00")] {
        assert_eq!(TimeSlot::parse(day, quarter), None, "{day} {quarter}");
    }
}

#[test]
fn slots_are_quarters_where_the_zone_needs_them() {
    let length = |name| SlotLength::of_zone(&TimeZone::get(name).unwrap(), at("2026-11-28T00:00:00Z"));
    for zone in ["UTC", "Asia/Seoul", "Europe/Berlin", "America/New_York"] {
        assert_eq!(length(zone), SlotLength::Hour, "{zone}");
    }
    for zone in ["Asia/Kathmandu", "Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Chatham"] {
        assert_eq!(length(zone), SlotLength::Quarter, "{zone}");
    }
}

#[test]
fn local_day_begins_at_local_midnight() {
    let days = period(
        "2026-11-05T12:00:00Z",
        "2026-11-05T19:00:00Z",
        BucketLength::Day,
        "Asia/Kathmandu",
        SlotLength::Quarter,
    )
    .unwrap();
    let (first, second) = (at("2026-11-04T18:15:00Z"), at("2026-11-05T18:15:00Z"));
    assert_eq!(days.buckets, [first..second, second..at("2026-11-06T18:15:00Z")]);
    assert_eq!(Period::spans(&days.whole()), ["2026-11"]);
}

#[test]
fn days_of_daylight_saving_time_have_23_or_25_hours() {
    let hours = |from: &str, to: &str| -> Vec<i64> {
        let days = period(from, to, BucketLength::Day, "Europe/Berlin", SlotLength::Hour).unwrap();
        days.buckets.iter().map(|day| (day.end.as_seconds() - day.start.as_seconds()) / 3600).collect()
    };
    assert_eq!(hours("2026-03-28T00:00:00Z", "2026-03-30T12:00:00Z"), [24, 23, 24]);
    assert_eq!(hours("2026-10-24T00:00:00Z", "2026-10-26T12:00:00Z"), [24, 25, 24]);
}

#[test]
fn month_of_days_touches_two_spans_at_most() {
    for begin in 0..400 {
        let from = at("2026-01-01T12:00:00Z").plus_seconds(begin * 24 * 60 * 60);
        let to = from.plus_seconds(31 * 24 * 60 * 60);
        for zone in ["Pacific/Kiritimati", "Asia/Seoul", "UTC", "Pacific/Pago_Pago"] {
            let range = (Some(from), Some(to));
            let days = Period::of(range, BucketLength::Day, zone, SlotLength::Hour, to).unwrap();
            let spans = Period::spans(&days.whole());
            assert!((1..=2).contains(&spans.len()), "{from} in {zone}: {spans:?}");
        }
    }
}

#[test]
fn unusable_period_names_the_field() {
    let field = |from: &str, to: &str, bucket, zone: &str| {
        let error = period(from, to, bucket, zone, SlotLength::Hour).unwrap_err();
        error.details.unwrap()[0]["field"].as_str().unwrap().to_owned()
    };
    let (day, hour) = (BucketLength::Day, BucketLength::Hour);
    let (first, second) = ("2026-11-01T00:00:00Z", "2026-11-02T00:00:00Z");
    assert_each_eq!(
        (field(first, first, day, "UTC"), "to"),
        (field(second, first, day, "UTC"), "to"),
        (field("2026-01-01T00:00:00Z", second, day, "UTC"), "to"),
        (field("2026-09-01T00:00:00Z", second, hour, "UTC"), "to"),
        (field(first, second, day, "Mars/Olympus"), "time_zone"),
        (field(first, second, day, "Asia/Kathmandu"), "time_zone"),
        (field(first, second, hour, "Asia/Kolkata"), "time_zone"),
    );
}

#[test]
fn counted_differences_add_up_to_the_figures_of_what_is_stored() {
    let (first, second) = (account(1, None), account(1, Some(at("2026-11-02T08:00:00Z"))));
    let [before, after] = [&first, &second].map(|one| Figures::of_account(one, SlotLength::Hour));
    let mut counted = Figures::between(&Figures::default(), before.clone());
    counted.merge(Figures::between(&before, after.clone()));
    assert_each_eq!((counted, after.clone()), (Figures::between(&after, after.clone()), Figures::default()));
}

proptest! {
    /// Compares the distinct users of each day, from the distances between their active slots, with sets.
    #[test]
    fn active_users_of_a_day_are_distinct_in_each_zone(
        users in prop::collection::vec(prop::collection::vec(0..14 * 24 * 60i64, 0..40), 1..6),
        zone in prop::sample::select(vec!["UTC", "Asia/Seoul", "Asia/Kathmandu", "Europe/Berlin", "America/New_York"]),
    ) {
        let begin = at("2026-10-20T00:00:00Z");
        let (mut figures, mut active) = (Figures::default(), Vec::new());
        for (id, minutes) in (0u32..).zip(users) {
            let mut times: Vec<Timestamp> = minutes.iter().map(|minute| begin.plus_seconds(minute * 60)).collect();
            times.sort();
            let mut before = account(id, None);
            for time in times {
                let after = account(id, Some(time));
                figures.merge(Figures::of_presence(Some(&before), &after, SlotLength::Quarter));
                before = after;
                active.push((id, time));
            }
        }
        let series = series(figures);
        for bucket in [BucketLength::Day, BucketLength::Hour] {
            let period = period("2026-10-20T00:00:00Z", "2026-11-03T00:00:00Z", bucket, zone, SlotLength::Quarter).unwrap();
            for bucket in &period.buckets {
                let users: BTreeSet<u32> =
                    active.iter().filter(|(_, time)| bucket.contains(time)).map(|(id, _)| *id).collect();
                prop_assert_eq!(series.active_users(bucket), users.len() as i64, "{:?}", bucket);
            }
        }
    }

    #[test]
    fn buckets_follow_each_other_and_contain_the_period(
        from in 1_700_000_000i64..1_900_000_000, seconds in 1..31 * 86_400i64,
        zone in prop::sample::select(vec!["UTC", "Asia/Kathmandu", "Europe/Berlin", "Australia/Lord_Howe", "America/St_Johns"]),
        bucket in prop::sample::select(vec![BucketLength::Day, BucketLength::Hour]),
    ) {
        let from = Timestamp::from_millis(from * 1000);
        let to = from.plus_seconds(seconds);
        let period = Period::of((Some(from), Some(to)), bucket, zone, SlotLength::Quarter, to).unwrap();
        prop_assert!(period.buckets.windows(2).all(|pair| pair[0].end == pair[1].start));
        let whole = period.whole();
        prop_assert!(whole.start <= from && to <= whole.end);
        prop_assert!(period.buckets[0].contains(&from));
        prop_assert!(period.buckets.last().unwrap().contains(&Timestamp::from_millis(to.as_millis() - 1)));
        let hours = |one: &PeriodBucket| (one.end.as_seconds() - one.start.as_seconds()) / 1800;
        let lengths = period.buckets.iter().map(hours).collect::<BTreeSet<_>>();
        let allowed = if bucket == BucketLength::Day { 46..=50 } else { 2..=2 };
        prop_assert!(lengths.iter().all(|half_hours| allowed.contains(half_hours)), "{:?}", lengths);
    }

    #[test]
    fn percentile_of_waits_is_at_most_a_tenth_off(
        waits in prop::collection::vec(1_000..50_000_000u64, 1..60), percent in 1..=100u32,
    ) {
        let mut counters = Counters::default();
        waits.iter().for_each(|waited_ms| counters.add(wait_counter(wait_class(*waited_ms)), 1));
        let mut sorted = waits.clone();
        sorted.sort_unstable();
        let exact = sorted[(sorted.len() * percent as usize).div_ceil(100) - 1] as f64 / 1000.0;
        let told = wait_percentile_seconds(&counters, percent).unwrap();
        prop_assert!((told / exact - 1.0).abs() < 0.0951, "{told} for {exact}");
    }
}

#[test]
fn nobody_waited_without_a_percentile() {
    assert_eq!(wait_percentile_seconds(&Counters::default(), 50), None);
    let mut counters = Counters::default();
    counters.add(wait_counter(wait_class(999)), 1);
    assert_eq!(wait_percentile_seconds(&counters, 95), Some(0.5));
}
