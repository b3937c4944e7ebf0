//! Hours of the audit, in UTC.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Timestamp;

const HOUR_SECONDS: i64 = 3600;
/// Time after the end of an hour, in seconds, from which an entry of the hour counts as late: a later root
/// covers it.
const LATE_AFTER_SECONDS: i64 = 600;
/// Time after the end of an hour, in seconds, at which its root is computed. No relay that took an entry for
/// punctual is still writing then: a call lasts at most a minute, and clocks are apart by seconds.
const SETTLED_AFTER_SECONDS: i64 = 900;

/// Hour of the audit: whole hours since 1970-01-01 UTC. Its text is `2026-11-28T10`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AuditHour(i64);

impl AuditHour {
    /// Returns the hour that contains `at`.
    pub fn of(at: Timestamp) -> Self {
        Self(at.as_seconds().div_euclid(HOUR_SECONDS))
    }

    /// Returns the beginning of the hour.
    pub fn start(self) -> Timestamp {
        Timestamp::from_millis(self.0.saturating_mul(HOUR_SECONDS * 1000))
    }

    /// Returns the next hour.
    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.saturating_add(1))
    }

    /// Returns the hour before.
    #[must_use]
    pub const fn before(self) -> Self {
        Self(self.0.saturating_sub(1))
    }

    /// Returns `true` if an entry of this hour that is recorded at `now` is late, so that a later root covers it: from
    /// ten minutes after the end of the hour on.
    pub fn is_late(self, now: Timestamp) -> bool {
        now >= self.next().start().plus_seconds(LATE_AFTER_SECONDS)
    }

    /// Returns `true` if every entry of the hour that is not late is recorded at `now`, so that its root can be
    /// computed: from a quarter of an hour after its end on.
    pub fn is_settled(self, now: Timestamp) -> bool {
        now >= self.next().start().plus_seconds(SETTLED_AFTER_SECONDS)
    }
}

impl fmt::Display for AuditHour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.start().to_string();
        f.write_str(start.get(..13).unwrap_or(&start))
    }
}

impl FromStr for AuditHour {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let problem = "must be an hour of UTC like 2026-11-28T10";
        let at: Timestamp = format!("{text}:00:00Z").parse().map_err(|_| problem)?;
        Some(Self::of(at)).filter(|hour| hour.to_string() == text).ok_or(problem)
    }
}

impl Serialize for AuditHour {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AuditHour {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Cow::<str>::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for AuditHour {
    fn schema_name() -> Cow<'static, str> {
        "AuditHour".into()
    }
    fn inline_schema() -> bool {
        true
    }
    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}$"})
    }
}
