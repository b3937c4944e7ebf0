use assertions::assert_each_eq;
use proptest::prelude::*;
use serde_json::json;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

#[test]
fn it_is_rfc_3339_in_utc_on_the_wire() {
    assert_eq!(
        serde_json::to_value(at("2026-11-21T09:00:00+09:00")).unwrap(),
        json!("2026-11-21T00:00:00.000Z")
    );
    assert_eq!(
        serde_json::from_value::<Timestamp>(json!("1970-01-01T00:00:01.5Z")).unwrap().as_millis(),
        1_500
    );
    assert!(serde_json::from_value::<Timestamp>(json!("2026-11-21T09:00:00")).is_err(), "a time of no zone");
    assert!(serde_json::from_value::<Timestamp>(json!("2026-02-30T09:00:00Z")).is_err(), "a day that is not");
    assert!(serde_json::from_value::<Timestamp>(json!(1_500)).is_err());
}

#[test]
fn it_is_milliseconds_in_the_store() {
    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    struct Kept {
        #[serde(with = "millis")]
        at: Timestamp,
        #[serde(with = "millis::option", default)]
        end: Option<Timestamp>,
    }
    let kept = Kept { at: Timestamp::from_millis(-5), end: Some(Timestamp::from_millis(7)) };
    let json = serde_json::to_value(&kept).unwrap();
    assert_eq!(json, json!({"at": -5, "end": 7}));
    assert_eq!(serde_json::from_value::<Kept>(json).unwrap(), kept);
    assert_eq!(serde_json::from_value::<Kept>(json!({"at": 1})).unwrap().end, None);
}

#[test]
fn seconds_are_whole_before_1970_too() {
    assert_eq!(Timestamp::from_millis(-1).as_seconds(), -1);
    assert_eq!(Timestamp::from_millis(999).as_seconds(), 0);
}

#[test]
fn the_zone_decides_the_day() {
    let zone = |name| TimeZone::get(name).unwrap();
    let late = at("2026-11-21T18:30:00Z");
    assert_eq!(late.day_in(&zone("Asia/Seoul")) - late.day_in(&TimeZone::UTC), 1);
    assert_eq!(late.day_in(&zone("Asia/Kathmandu")) - late.day_in(&TimeZone::UTC), 1, "+05:45");
    assert_eq!(at("2026-11-21T18:14:59Z").day_in(&zone("Asia/Kathmandu")), late.day_in(&TimeZone::UTC));
    assert_eq!(
        at("2026-11-22T03:29:59Z").day_in(&zone("America/St_Johns")),
        late.day_in(&TimeZone::UTC),
        "-03:30"
    );
    assert_eq!(at("1969-12-31T23:59:59Z").day_in(&TimeZone::UTC), -1);
}

#[test]
fn the_month_is_that_of_utc() {
    assert_eq!(at("2026-11-30T23:59:59.999Z").month(), "2026-11");
    assert_eq!(at("2026-12-01T08:59:59+09:00").month(), "2026-11");
}

#[test]
fn only_what_the_schema_promises_is_accepted() {
    let schema = schemars::schema_for!(Timestamp).to_value();
    let validator = jsonschema::options().should_validate_formats(true).build(&schema).unwrap();
    let good = [
        "2026-11-21T09:00:00Z",
        "2026-11-21t09:00:00z",
        "2026-11-21T09:00:00.123456789-03:30",
        "2016-12-31T23:59:60Z",
        "0000-01-01T00:00:00Z",
        "9999-12-30T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "9999-12-31T23:59:59.999999999Z",
        "9999-12-31T23:59:60Z",
        "9999-12-31T23:59:59+23:59",
        "2024-02-29T00:00:00+14:00",
    ];
    for text in good {
        assert!(text.parse::<Timestamp>().is_ok() && validator.is_valid(&json!(text)), "{text}");
    }
    let bad = [
        "",
        "Z",
        "2026-11-21",
        "2026-11-21T09:00Z",
        "2026-11-21T09Z",
        "2026-11-21 09:00:00Z",
        "20261121T090000Z",
        "2026-11-21T09:00:00",
        "2026-11-21T09:00:00+09",
        "2026-11-21T09:00:00+0900",
        "2026-11-21T09:00:00,5Z",
        "2026-11-21T09:00:00.Z",
        "2026-11-21T09:00:00+09:00[Asia/Seoul]",
        "2026-11-21T09:00:00Z[UTC]",
        "2026-11-21T24:00:00Z",
        "2026-13-01T00:00:00Z",
        "+002026-11-21T09:00:00Z",
        "-000001-11-21T09:00:00Z",
        "2026-11-21T09:00:00+09:00:30",
        " 2026-11-21T09:00:00Z",
        "2026-11-21T09:00:00éZ",
        "é2026-11-21T09:00:0Z",
    ];
    for text in bad {
        assert!(text.parse::<Timestamp>().is_err() && !validator.is_valid(&json!(text)), "{text}");
    }
    // RFC 3339 can express these times, but in UTC they lie outside the years 0 to 9999.
    for text in ["0000-01-01T00:00:00+01:00", "9999-12-31T23:59:59-00:01"] {
        assert!(text.parse::<Timestamp>().is_err(), "{text}");
    }
}

#[test]
fn the_ends_of_time_hold() {
    let (first, last) = (Timestamp::from_millis(i64::MIN), Timestamp::from_millis(i64::MAX));
    assert_eq!(first.to_string(), "0000-01-01T00:00:00.000Z");
    assert_eq!(last.to_string(), "9999-12-31T23:59:59.999Z");
    assert_eq!(at("9999-12-31T23:59:59.999Z"), last);
    assert_eq!(last.plus_seconds(i64::MAX), last);
    assert_eq!(JIFF_MAX_MS / 1000, jiff::Timestamp::MAX.as_second());
    for zone in
        ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Seoul"].map(|zone| TimeZone::get(zone).unwrap())
    {
        for edge in [first, last] {
            assert!((edge.day_in(&zone) - edge.day_in(&TimeZone::UTC)).abs() <= 1);
            assert!((-1..=9999).contains(&edge.datetime_in(&zone).year()));
        }
    }
    assert_each_eq!((first.month().as_str(), "0000-01"), (last.month().as_str(), "9999-12"));
}

proptest! {
    #[test]
    fn every_number_of_milliseconds_is_a_time(ms in prop_oneof![any::<i64>(), MIN_MS..MAX_MS], seconds: i64) {
        let at = Timestamp::from_millis(ms);
        prop_assert_eq!(at.to_string().parse(), Ok(at));
        let apia = TimeZone::get("Pacific/Apia").unwrap();
        prop_assert!((at.day_in(&apia) - at.day_in(&TimeZone::UTC)).abs() <= 1);
        prop_assert_eq!(at.plus_seconds(seconds) >= at, seconds >= 0 || at == at.plus_seconds(seconds));
    }

    #[test]
    fn wire_and_store_agree(ms in 0..MAX_MS) {
        let at = Timestamp::from_millis(ms);
        let text = serde_json::to_string(&at).unwrap();
        prop_assert_eq!(serde_json::from_str::<Timestamp>(&text).unwrap().as_millis(), ms);
        prop_assert!(at.to_string().starts_with(&at.month()));
        prop_assert_eq!(i64::from(at.day_in(&TimeZone::UTC)), ms.div_euclid(86_400_000));
    }
}
