//! Periods of analytics: a range of time in a time zone, divided into hours or calendar days.

use std::ops::Range;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{SlotLength, TimeSlot};
use crate::{Error, Result, Timestamp};

/// Maximum length of a period in hours: a month.
pub const HOURS_MAX: i64 = 31 * 24;
/// Maximum length of a period in days.
pub const DAYS_MAX: i64 = 93;
/// Length of the period by default, in days and in hours.
const DAYS_DEFAULT: i64 = 30;
const HOURS_DEFAULT: i64 = 24;
const HOUR_SECONDS: i64 = 60 * 60;
const DAY_SECONDS: i64 = 24 * HOUR_SECONDS;

/// Length of the parts into which a timeline is divided.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum BucketLength {
    /// Hour of the time zone.
    Hour,
    /// Calendar day of the time zone. It has 23 or 25 hours when daylight-saving time begins or ends.
    #[default]
    Day,
}

/// Part of a timeline.
pub type PeriodBucket = Range<Timestamp>;

/// Range of time that is made of whole hours or days of a time zone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Period {
    /// Name of the time zone in the IANA database.
    pub time_zone: String,
    /// Parts of the period, in ascending order without gaps; at least one.
    pub buckets: Vec<PeriodBucket>,
}

impl Period {
    /// Returns the whole hours or days of the zone `time_zone` that contain the times from `from` to before
    /// `to`. `to` is by default `now`, and `from` 30 days or 24 hours before it.
    ///
    /// # Errors
    /// `VALIDATION_ERROR` for the field `time_zone` if the zone is unknown or its days do not begin with a slot
    /// of `stored` length; for `to` if it is not after `from` or the period is longer than [`DAYS_MAX`] days
    /// or [`HOURS_MAX`] hours; for `from` if it is out of range.
    pub fn of(
        (from, to): (Option<Timestamp>, Option<Timestamp>),
        bucket: BucketLength,
        time_zone: &str,
        stored: SlotLength,
        now: Timestamp,
    ) -> Result<Self> {
        let zone = crate::campaigns::zone(time_zone)?;
        let (seconds, seconds_max, longest) = match bucket {
            BucketLength::Hour => (HOURS_DEFAULT * HOUR_SECONDS, HOURS_MAX * HOUR_SECONDS, "744 hours"),
            BucketLength::Day => (DAYS_DEFAULT * DAY_SECONDS, DAYS_MAX * DAY_SECONDS, "93 days"),
        };
        let to = to.unwrap_or(now);
        let from = from.unwrap_or_else(|| to.plus_seconds(-seconds));
        if to <= from {
            return Err(Error::invalid_field("to", "must be after from"));
        }
        if to.as_millis() - from.as_millis() > seconds_max.saturating_mul(1000) {
            return Err(Error::invalid_field("to", format!("must be at most {longest} after from")));
        }
        let buckets = match bucket {
            BucketLength::Hour => hours(&zone, from, to),
            BucketLength::Day => days(&zone, from, to)?,
        };
        let is_served = |at: Timestamp| at.as_seconds() % stored.seconds() == 0;
        if !buckets.iter().all(|bucket| is_served(bucket.start) && is_served(bucket.end)) {
            let problem = "has an offset from UTC that is no whole number of hours, and this deployment stores \
                           figures by the hour: choose another zone, such as UTC";
            return Err(Error::invalid_field("time_zone", problem));
        }
        Ok(Self { time_zone: time_zone.to_owned(), buckets })
    }

    /// Returns the range from the start of the first part to the end of the last one.
    pub fn whole(&self) -> PeriodBucket {
        let start = self.buckets.first().map_or(Timestamp::from_millis(0), |first| first.start);
        start..self.buckets.last().map_or(start, |last| last.end)
    }

    /// Returns the spans of two months ([`TimeSlot::span`]) that `range` touches, in ascending order.
    pub fn spans(range: &PeriodBucket) -> Vec<String> {
        let span = |at: Timestamp| TimeSlot::of(at, SlotLength::Quarter).span();
        let mut spans: Vec<String> = Vec::new();
        let mut at = range.start;
        while at < range.end {
            spans.push(span(at));
            at = at.plus_seconds(DAY_SECONDS);
        }
        spans.push(span(Timestamp::from_millis(range.end.as_millis() - 1)));
        spans.dedup();
        spans
    }
}

/// Returns the hours of `zone` that contain the times from `from` to before `to`.
fn hours(zone: &TimeZone, from: Timestamp, to: Timestamp) -> Vec<PeriodBucket> {
    let into_hour = (from.as_seconds() + from.offset_seconds(zone)).rem_euclid(HOUR_SECONDS);
    let first = Timestamp::from_millis((from.as_seconds() - into_hour) * 1000);
    let mut buckets = Vec::new();
    let mut start = first;
    while start < to {
        let end = start.plus_seconds(HOUR_SECONDS);
        buckets.push(start..end);
        start = end;
    }
    buckets
}

/// Returns the calendar days of `zone` that contain the times from `from` to before `to`.
fn days(zone: &TimeZone, from: Timestamp, to: Timestamp) -> Result<Vec<PeriodBucket>> {
    let mut date = from.datetime_in(zone).date();
    let (mut start, mut buckets) = (midnight(zone, date)?, Vec::new());
    while start < to {
        date = date.tomorrow().map_err(|_| out_of_range())?;
        let end = midnight(zone, date)?;
        // A zone that moves across the date line skips a calendar day.
        if end > start {
            buckets.push(start..end);
        }
        start = end;
    }
    Ok(buckets)
}

/// Returns the first moment of `date` in `zone`.
fn midnight(zone: &TimeZone, date: Date) -> Result<Timestamp> {
    let start = date.to_zoned(zone.clone()).map_err(|_| out_of_range())?;
    Ok(Timestamp::from_millis(start.timestamp().as_millisecond()))
}

fn out_of_range() -> Error {
    Error::invalid_field("from", "must be in the years 0000 to 9999")
}
