//! Quiet hours: a part of each day, in the user's time zone, in which notifications wait.

use std::borrow::Cow;
use std::fmt;

use jiff::civil;
use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::{Error, Result, Timestamp};

/// Time of day, in minutes after midnight. Its text is like `22:30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct TimeOfDay(u16);

/// Part of a day in which notifications wait. It begins on the day before if `from` is later than `to`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(inline)]
pub struct QuietHours {
    /// Begin of the quiet hours, inclusive, in the time zone of the preferences.
    pub from: TimeOfDay,
    /// End of the quiet hours, exclusive. It differs from `from`.
    pub to: TimeOfDay,
}

impl QuietHours {
    /// Checks that the hours are not empty.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` for the field `quiet_hours` if begin and end are equal.
    pub fn check(&self) -> Result<()> {
        if self.from == self.to {
            return Err(Error::invalid_field("quiet_hours", "must begin and end at different times"));
        }
        Ok(())
    }

    /// Returns the end of the quiet hours that contain `now` in `zone`. `None` if `now` is in none. At the end
    /// of daylight saving time it is the earlier one of two times with the same name.
    pub fn end_at(&self, now: Timestamp, zone: &TimeZone) -> Option<Timestamp> {
        let local = now.datetime_in(zone);
        let minute = TimeOfDay(u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).ok()?);
        let is_overnight = self.from > self.to;
        let is_quiet = if is_overnight {
            minute >= self.from || minute < self.to
        } else {
            (self.from..self.to).contains(&minute)
        };
        if !is_quiet {
            return None;
        }
        let ends_tomorrow = is_overnight && minute >= self.from;
        let day = if ends_tomorrow { local.date().tomorrow().ok()? } else { local.date() };
        let end = zone.to_ambiguous_zoned(self.to.on(day)).compatible().ok()?;
        let end = Timestamp::from_millis(end.timestamp().as_millisecond());
        // Where a clock is set back over the end, that time may have passed already.
        Some(end).filter(|end| *end > now)
    }
}

impl TimeOfDay {
    fn on(self, day: civil::Date) -> civil::DateTime {
        let (hour, minute) = (self.0 / 60, self.0 % 60);
        // Both are in range, since a time of day is less than 1440 minutes.
        day.at(i8::try_from(hour).unwrap_or(0), i8::try_from(minute).unwrap_or(0), 0, 0)
    }

    fn parse(text: &str) -> Option<Self> {
        let (hour, minute) = text.split_once(':')?;
        let number = |digits: &str, below: u16| {
            let is_two_digits = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
            is_two_digits.then(|| digits.parse::<u16>().ok()).flatten().filter(|number| *number < below)
        };
        Some(Self(number(hour, 24)? * 60 + number(minute, 60)?))
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl Serialize for TimeOfDay {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeOfDay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("must be a time of day like 22:30"))
    }
}

impl JsonSchema for TimeOfDay {
    fn schema_name() -> Cow<'static, str> {
        "TimeOfDay".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["22:30"]})
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;
    use proptest::prelude::*;

    fn hours(from: &str, to: &str) -> QuietHours {
        let parse = |text| TimeOfDay::parse(text).unwrap();
        QuietHours { from: parse(from), to: parse(to) }
    }

    fn end(hours: QuietHours, zone: &str, now: &str) -> Option<String> {
        let zone = TimeZone::get(zone).unwrap();
        hours.end_at(now.parse().unwrap(), &zone).map(|end| end.to_string())
    }

    #[test]
    fn night_ends_in_the_morning_of_the_users_zone() {
        let night = hours("22:00", "07:30");
        assert_each_eq!(
            (end(night, "Asia/Seoul", "2026-11-28T12:59:59Z"), None),
            (end(night, "Asia/Seoul", "2026-11-28T13:00:00Z"), Some("2026-11-28T22:30:00.000Z".to_owned())),
            (end(night, "Asia/Seoul", "2026-11-28T22:29:59Z"), Some("2026-11-28T22:30:00.000Z".to_owned())),
            (end(night, "Asia/Seoul", "2026-11-28T22:30:00Z"), None)
        );
    }

    #[test]
    fn hours_within_a_day_end_on_that_day() {
        let noon = hours("12:00", "13:00");
        let at = |now| end(noon, "UTC", now);
        assert_each_eq!(
            (at("2026-11-28T11:59:59Z"), None),
            (at("2026-11-28T12:30:00Z"), Some("2026-11-28T13:00:00.000Z".to_owned())),
            (at("2026-11-28T13:00:00Z"), None)
        );
    }

    #[test]
    fn end_follows_daylight_saving_time() {
        // In New York, 2026-03-08 has no 02:30; the quiet hours end at 03:30, which is 07:30 UTC.
        let skipped = hours("23:00", "02:30");
        let found = end(skipped, "America/New_York", "2026-03-08T05:00:00Z");
        assert_eq!(found, Some("2026-03-08T07:30:00.000Z".to_owned()));
    }

    #[test]
    fn only_a_time_of_day_is_one() {
        for text in ["24:00", "7:30", "07:60", "0730", "", "+7:30", "07:30:00"] {
            assert_eq!(TimeOfDay::parse(text), None, "{text}");
        }
        assert_eq!(TimeOfDay::parse("07:05").unwrap().to_string(), "07:05");
        assert!(hours("07:00", "07:00").check().is_err());
    }

    proptest! {
        #[test]
        fn end_is_within_a_day_and_itself_not_quiet(from in 0u16..1440, to in 0u16..1440, now in 631_152_000_000i64..4_000_000_000_000) {
            prop_assume!(from != to);
            let quiet = QuietHours { from: TimeOfDay(from), to: TimeOfDay(to) };
            let zone = TimeZone::get("Asia/Seoul").unwrap();
            let now = Timestamp::from_millis(now);
            if let Some(end) = quiet.end_at(now, &zone) {
                prop_assert!(end > now && end <= now.plus_seconds(86_400), "{now} {end}");
                prop_assert_eq!(quiet.end_at(end, &zone), None);
            }
        }
    }
}
