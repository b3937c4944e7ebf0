//! Points in time: milliseconds since 1970 in UTC, RFC 3339 in the API, a number in the store.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::SignedDuration;
use jiff::civil;
use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// Point in time with millisecond precision.
///
/// Serializes as RFC 3339 in UTC. The store uses a number of milliseconds through [`mod@millis`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// Start of the year 0, the earliest time in RFC 3339.
const MIN_MS: i64 = -62_167_219_200_000;
/// End of the year 9999, the latest time in RFC 3339.
const MAX_MS: i64 = 253_402_300_799_999;
/// Latest time in `jiff`, which is 26 hours earlier so that every time zone can represent it.
const JIFF_MAX_MS: i64 = 253_402_207_200_000;
const EPOCH: civil::DateTime = civil::date(1970, 1, 1).at(0, 0, 0, 0);
const DAY_MS: i64 = 86_400_000;

/// Error message for text that is not a [`Timestamp`].
pub const PROBLEM: &str = "must be a time like 2026-11-21T09:00:00Z, in the years 0000 to 9999 of UTC";

impl Timestamp {
    /// Creates the time `ms` milliseconds after 1970-01-01 UTC, clamped to the years 0 to 9999.
    pub fn from_millis(ms: i64) -> Self {
        Self(ms.clamp(MIN_MS, MAX_MS))
    }

    /// Returns the milliseconds since 1970-01-01 UTC.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Returns the whole seconds since 1970-01-01 UTC, rounded down.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// Returns the time moved by `seconds`, clamped to the years 0 to 9999.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_millis(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// Returns the calendar day in `zone`, as days since 1970-01-01.
    pub fn day_in(self, zone: &TimeZone) -> i32 {
        // The result is within four million days of 1970, so the cast does not truncate.
        (self.0 + self.offset_ms(zone)).div_euclid(DAY_MS) as i32
    }

    /// Returns the local date and time in `zone`, at most the end of the year 9999.
    pub(crate) fn datetime_in(self, zone: &TimeZone) -> civil::DateTime {
        datetime(self.0 + self.offset_ms(zone))
    }

    /// Returns the UTC month, as `2026-11`.
    pub fn month(self) -> String {
        let date = datetime(self.0).date();
        format!("{:04}-{:02}", date.year(), date.month())
    }

    /// Returns the offset of `zone` from UTC at this time, in seconds.
    pub(crate) fn offset_seconds(self, zone: &TimeZone) -> i64 {
        let at = jiff::Timestamp::from_millisecond(self.0.min(JIFF_MAX_MS)).unwrap_or_default();
        i64::from(zone.to_offset(at).seconds())
    }

    fn offset_ms(self, zone: &TimeZone) -> i64 {
        self.offset_seconds(zone) * 1000
    }
}

/// Returns the UTC date and time `ms` milliseconds after 1970-01-01.
fn datetime(ms: i64) -> civil::DateTime {
    EPOCH.saturating_add(SignedDuration::from_millis(ms))
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}Z", datetime(self.0))
    }
}

impl FromStr for Timestamp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let ms = from_rfc3339(text).filter(|ms| (MIN_MS..=MAX_MS).contains(ms));
        ms.map(Self).ok_or_else(|| PROBLEM.to_owned())
    }
}

/// Parses an RFC 3339 time into milliseconds since 1970. The form is checked here because `jiff` accepts
/// further ISO 8601 forms, which the JSON schema excludes; `jiff` checks the values.
fn from_rfc3339(text: &str) -> Option<i64> {
    let zone_len = if text.ends_with(['Z', 'z']) { 1 } else { "+00:00".len() };
    let (time, zone) = text.split_at_checked(text.len().checked_sub(zone_len)?)?;
    let (second, fraction) = time.split_at_checked("2026-11-21T09:00:00".len())?;
    let is_form = matches!(
        second.as_bytes(),
        [_, _, _, _, b'-', _, _, b'-', _, _, b'T' | b't', _, _, b':', _, _, b':', _, _]
    ) && matches!(fraction.as_bytes(), [] | [b'.', _, ..]);
    let time = if is_form { time.parse::<civil::DateTime>().ok()? } else { return None };
    let whole = EPOCH.duration_until(time.with().subsec_nanosecond(0).build().ok()?);
    Some((whole.as_secs() - offset_seconds(zone)?) * 1000 + i64::from(time.millisecond()))
}

/// Parses a UTC offset such as `Z` or `-03:30` into seconds.
fn offset_seconds(zone: &str) -> Option<i64> {
    let number = |digits: &[u8], max: i64| match digits {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9'] => {
            Some(i64::from(tens - b'0') * 10 + i64::from(ones - b'0')).filter(|number| *number <= max)
        }
        _ => None,
    };
    match zone.as_bytes() {
        [b'Z' | b'z'] => Some(0),
        [sign @ (b'+' | b'-'), hours @ .., b':', tens, ones] => {
            let seconds = (number(hours, 23)? * 60 + number(&[*tens, *ones], 59)?) * 60;
            Some(if *sign == b'-' { -seconds } else { seconds })
        }
        _ => None,
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Timestamp {
    fn schema_name() -> Cow<'static, str> {
        "Timestamp".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "format": "date-time"})
    }
}

/// Serde functions for a [`Timestamp`] as a number of milliseconds, the stored form: `#[serde(with =
/// "time::millis")]`.
pub mod millis {
    use super::{Deserialize, Deserializer, Serializer, Timestamp};

    /// Serializes the milliseconds since 1970.
    pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.as_millis())
    }

    /// Deserializes the milliseconds since 1970.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(deserializer).map(Timestamp::from_millis)
    }

    /// Serde functions for an optional time.
    pub mod option {
        use super::{Deserialize, Deserializer, Serializer, Timestamp};

        /// Serializes the milliseconds since 1970, or null.
        pub fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
            match at {
                Some(at) => serializer.serialize_some(&at.as_millis()),
                None => serializer.serialize_none(),
            }
        }

        /// Deserializes the milliseconds since 1970, or null.
        pub fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Timestamp>, D::Error> {
            Ok(Option::<i64>::deserialize(deserializer)?.map(Timestamp::from_millis))
        }
    }
}

#[cfg(test)]
mod tests;
