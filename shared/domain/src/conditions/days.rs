//! Calendar arithmetic: days in a time zone, as days since 1970-01-01, and months in UTC.

use std::collections::BTreeSet;

use jiff::ToSpan;
use jiff::civil::{Date, date};
use jiff::tz::TimeZone;

use crate::Timestamp;

/// Lists the UTC months from that of `last` back to that of `first`, both included, newest first, as
/// `2026-11`.
pub(super) fn months_back(first: Timestamp, last: Timestamp) -> impl Iterator<Item = String> {
    let first = utc_date(first).first_of_month();
    std::iter::successors(Some(utc_date(last).first_of_month()), |month| month.checked_sub(1.month()).ok())
        .take_while(move |month| *month >= first)
        .map(|month| format!("{:04}-{:02}", month.year(), month.month()))
}

fn utc_date(at: Timestamp) -> Date {
    at.datetime_in(&TimeZone::UTC).date()
}

/// Returns the length of the longest sequence of consecutive days in `days`, which are days in `zone`.
pub(super) fn longest_run(days: &BTreeSet<i32>, zone: &TimeZone) -> u32 {
    let (mut longest, mut run, mut last) = (0, 0, None);
    for &day in days {
        run = if last.is_some_and(|last| follows(last, day, zone)) { run + 1 } else { 1 };
        longest = longest.max(run);
        last = Some(day);
    }
    longest
}

/// Returns `true` if `day` is the next calendar day after `last` in `zone`. A place that crossed the date
/// line skipped a day (Apia had no 2011-12-30). A skipped day does not break a streak. No zone ever skipped
/// more than one.
fn follows(last: i32, day: i32, zone: &TimeZone) -> bool {
    match day - last {
        1 => true,
        2 => !exists(last + 1, zone),
        _ => false,
    }
}

fn exists(day: i32, zone: &TimeZone) -> bool {
    let Ok(date) = date(1970, 1, 1).checked_add(day.days()) else { return true };
    // The zone maps the start of a skipped day to the following day.
    zone.to_zoned(date.at(0, 0, 0, 0)).map_or(true, |first| first.date() == date)
}
