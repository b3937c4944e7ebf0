//! Times of the attempts to deliver an event.

use crate::Timestamp;

/// Pauses before the second and each further attempt, in seconds, as Standard Webhooks suggests: three days in all.
const PAUSES_SECONDS: [u32; 9] =
    [5, 5 * 60, 30 * 60, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
const HOUR: u32 = 3600;

/// Maximum number of attempts to deliver an event.
pub const ATTEMPTS_MAX: u32 = PAUSES_SECONDS.len() as u32 + 1;
/// Longest pause that a receiver can ask for with `Retry-After`, in seconds.
const RETRY_AFTER_MAX: u32 = 24 * HOUR;

/// Returns the time of the attempt after `attempts` failed ones, or `None` when there is none left. Pauses vary by
/// `entropy` from 90 to 110 percent, so that the lanes of a receiver that was down do not come back at once.
/// `retry_after_s`, from the receiver, prolongs a pause up to a day.
pub fn next_try_at(
    attempts: u32,
    retry_after_s: Option<u32>,
    entropy: u128,
    now: Timestamp,
) -> Option<Timestamp> {
    let pause_s = *PAUSES_SECONDS.get(usize::try_from(attempts.checked_sub(1)?).ok()?)?;
    let percent = 90 + i64::try_from(entropy % 21).unwrap_or(0);
    let asked_s = i64::from(retry_after_s.unwrap_or(0).min(RETRY_AFTER_MAX));
    let pause_ms = (i64::from(pause_s) * 10 * percent).max(asked_s * 1000);
    Some(Timestamp::from_millis(now.as_millis() + pause_ms))
}
