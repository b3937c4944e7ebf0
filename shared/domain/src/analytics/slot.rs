//! Time slots: the hours, or quarters of an hour, in which facts are counted together.

use jiff::tz::TimeZone;

use crate::Timestamp;

const QUARTER_SECONDS: i64 = 15 * 60;
const QUARTERS_PER_DAY: i64 = 96;
/// Half a year, in seconds: a zone with daylight-saving time has its other offset then.
const HALF_YEAR_SECONDS: i64 = 182 * 24 * 60 * 60;

/// Length of the time slots of a deployment. It follows from the setting `DIBS_TIME_ZONE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SlotLength {
    /// One hour. Serves every zone whose offset from UTC is a whole number of hours.
    Hour,
    /// A quarter of an hour. Serves every zone, at up to four times as many items.
    Quarter,
}

impl SlotLength {
    /// Returns the shortest length that the days of `zone` need around `now`.
    pub fn of_zone(zone: &TimeZone, now: Timestamp) -> Self {
        let offsets = [now, now.plus_seconds(HALF_YEAR_SECONDS)].map(|at| at.offset_seconds(zone));
        if offsets.iter().all(|seconds| seconds % Self::Hour.seconds() == 0) {
            Self::Hour
        } else {
            Self::Quarter
        }
    }

    /// Returns the length in seconds.
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Hour => 4 * QUARTER_SECONDS,
            Self::Quarter => QUARTER_SECONDS,
        }
    }
}

/// Start of a time slot, as the number of quarters of an hour since 1970-01-01 UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TimeSlot(i64);

impl TimeSlot {
    /// Slot of figures that belong to no time, such as the number of all accounts.
    pub const ALL_TIME: Self = Self(0);

    /// Returns the slot of `length` that contains `at`.
    pub const fn of(at: Timestamp, length: SlotLength) -> Self {
        let start = at.as_seconds().div_euclid(length.seconds()) * length.seconds();
        Self(start.div_euclid(QUARTER_SECONDS))
    }

    /// Returns the slot that begins at quarter `quarter` of the UTC day `day`, as `2026-11-28`. Returns
    /// `None` if one of them is invalid.
    pub fn parse(day: &str, quarter: &str) -> Option<Self> {
        let midnight: Timestamp = format!("{day}T00:00:00Z").parse().ok()?;
        let quarter = quarter.parse().ok().filter(|quarter| (0..QUARTERS_PER_DAY).contains(quarter))?;
        Some(Self(midnight.as_seconds().div_euclid(QUARTER_SECONDS) + quarter))
    }

    /// Returns the start of the slot.
    pub fn start(self) -> Timestamp {
        Timestamp::from_millis(self.0.saturating_mul(QUARTER_SECONDS).saturating_mul(1000))
    }

    /// Returns the UTC day of the slot, as `2026-11-28`.
    pub fn day(self) -> String {
        self.start().to_string().chars().take("2026-11-28".len()).collect()
    }

    /// Returns the two UTC months that contain the slot, as the first of them: `2026-11` for November and
    /// December. A month of days touches two such spans at most, even if it begins on January 31.
    pub fn span(self) -> String {
        let month = self.start().month();
        let (year, number) = month.split_once('-').unwrap_or((&*month, ""));
        let number: u32 = number.parse().unwrap_or(1);
        format!("{year}-{:02}", number - (number + 1) % 2)
    }

    /// Returns the quarter of its UTC day with which the slot begins, as `00` to `95`.
    pub fn quarter(self) -> String {
        format!("{:02}", self.0.rem_euclid(QUARTERS_PER_DAY))
    }

    /// Returns the number of quarters of an hour from `earlier` to this slot.
    pub const fn quarters_since(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }
}
