//! Histogram of waiting times, from which percentiles are estimated.
//!
//! The classes grow by the fourth root of two. A percentile is the geometric middle of its class, so it is at
//! most 9.1 % off the exact value; below a second it is reported as half a second.

use super::Counters;

/// Number of the last class, which begins at 61 hours and has no end. The first class is 0, below a second.
const CLASSES: u32 = 72;
/// Number of classes for each doubling of the waiting time.
const CLASSES_PER_DOUBLING: f64 = 4.0;
const WAIT: &str = "w";

/// Returns the end of class `class`, in seconds, exclusive.
fn end_seconds(class: u32) -> f64 {
    2f64.powf(f64::from(class) / CLASSES_PER_DOUBLING)
}

/// Returns the class of a waiting time of `waited_ms` milliseconds.
pub fn wait_class(waited_ms: u64) -> u32 {
    #[expect(clippy::cast_precision_loss, reason = "an hour more or less in a million years does not matter")]
    let seconds = waited_ms as f64 / 1000.0;
    (0..CLASSES).find(|class| seconds < end_seconds(*class)).unwrap_or(CLASSES)
}

/// Returns the counter of waiting times of class `class`.
pub fn wait_counter(class: u32) -> String {
    format!("{WAIT}{class}")
}

/// Returns the waiting time, in seconds, within which `percent` percent of the counted users were admitted.
/// Returns `None` if nobody is counted.
pub fn wait_percentile_seconds(counters: &Counters, percent: u32) -> Option<f64> {
    let classes: Vec<u64> =
        (0..=CLASSES).map(|class| u64::try_from(counters.get(&wait_counter(class))).unwrap_or(0)).collect();
    let all: u64 = classes.iter().sum();
    let rank = (all * u64::from(percent)).div_ceil(100).max(1);
    let mut seen = 0;
    let class = (0..=CLASSES).zip(&classes).find(|(_, count)| {
        seen += **count;
        seen >= rank
    });
    class.map(|(class, _)| match class {
        0 => 0.5,
        class => (end_seconds(class - 1) * end_seconds(class)).sqrt(),
    })
}
