//! Points in time: milliseconds since 1970 in UTC, RFC 3339 on the wire, a number in the store.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use jiff::tz::TimeZone;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A point in time, to the millisecond.
///
/// Serialises as RFC 3339 in UTC for people and JSON; `store` keeps it as a number of milliseconds through
/// [`mod@millis`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(i64);

/// The year 0 begins: RFC 3339 cannot write what was before.
const MIN_MS: i64 = -62_167_219_200_000;
/// jiff ends a day and two hours before the year 9999 does, so that every zone can show every moment.
const MAX_MS: i64 = 253_402_207_200_000;

impl Timestamp {
    /// The point `ms` milliseconds after 1970 began; what lies outside the years 0 to 9999 is clamped.
    pub fn from_millis(ms: i64) -> Self {
        Self(ms.clamp(MIN_MS, MAX_MS))
    }

    /// Milliseconds since 1970 began.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970 began.
    pub const fn as_seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// This point moved by `seconds`.
    #[must_use]
    pub fn plus_seconds(self, seconds: i64) -> Self {
        Self::from_millis(self.0.saturating_add(seconds.saturating_mul(1000)))
    }

    /// The calendar day in `zone`, as days since 1970-01-01 there.
    pub fn day_in(self, zone: &TimeZone) -> i32 {
        let date = zone.to_datetime(self.to_jiff()).date();
        jiff::civil::date(1970, 1, 1).until(date).map_or(0, |span| span.get_days())
    }

    /// The month in UTC as `2026-11`.
    pub fn month(self) -> String {
        let date = TimeZone::UTC.to_datetime(self.to_jiff()).date();
        format!("{:04}-{:02}", date.year(), date.month())
    }

    pub(crate) fn to_jiff(self) -> jiff::Timestamp {
        jiff::Timestamp::from_millisecond(self.0).unwrap_or(jiff::Timestamp::UNIX_EPOCH)
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.3}", self.to_jiff())
    }
}

impl FromStr for Timestamp {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let at = if is_rfc3339(text) { text.parse::<jiff::Timestamp>().ok() } else { None };
        at.map(|at| Self(at.as_millisecond()))
            .filter(|at| (MIN_MS..=MAX_MS).contains(&at.0))
            .ok_or_else(|| "must be a time like 2026-11-21T09:00:00Z".to_owned())
    }
}

/// Whether `text` has the form of RFC 3339. jiff reads more of ISO 8601 than that, and the schema promises
/// that no more is accepted; that the numbers make sense is for jiff to say.
fn is_rfc3339(text: &str) -> bool {
    let bytes = text.as_bytes();
    let zone_len = if matches!(bytes.last(), Some(b'Z' | b'z')) { 1 } else { "+00:00".len() };
    let Some((time, zone)) = bytes.len().checked_sub(zone_len).and_then(|at| bytes.split_at_checked(at))
    else {
        return false;
    };
    let Some((second, fraction)) = time.split_at_checked("2026-11-21T09:00:00".len()) else { return false };
    matches!(second, [_, _, _, _, b'-', _, _, b'-', _, _, b'T' | b't', _, _, b':', _, _, b':', _, _])
        && matches!(fraction, [] | [b'.', _, ..])
        && matches!(zone, [_] | [b'+' | b'-', _, _, b':', _, _])
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

/// `#[serde(with = "time::millis")]`: a [`Timestamp`] as a number of milliseconds, the form of the store.
pub mod millis {
    use super::{Deserialize, Deserializer, Serializer, Timestamp};

    /// Writes the milliseconds.
    pub fn serialize<S: Serializer>(at: &Timestamp, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_i64(at.as_millis())
    }

    /// Reads the milliseconds.
    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Timestamp, D::Error> {
        i64::deserialize(deserializer).map(Timestamp::from_millis)
    }

    /// The same for a time that may be absent.
    pub mod option {
        use super::{Deserialize, Deserializer, Serializer, Timestamp};

        /// Writes the milliseconds, or null.
        pub fn serialize<S: Serializer>(at: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
            match at {
                Some(at) => serializer.serialize_some(&at.as_millis()),
                None => serializer.serialize_none(),
            }
        }

        /// Reads the milliseconds, or null.
        pub fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Option<Timestamp>, D::Error> {
            Ok(Option::<i64>::deserialize(deserializer)?.map(Timestamp::from_millis))
        }
    }
}

#[cfg(test)]
mod tests;
