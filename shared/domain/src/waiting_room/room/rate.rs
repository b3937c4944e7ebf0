//! Admission rate of a waiting room: the configured limit, the measured rate, and the waiting time that
//! follows from them.

use serde::{Deserialize, Serialize};

use super::{MESSAGE_DELAY_MAX_MS, RUN_INTERVAL_MS, WaitingRoom, WaitingRoomStatus};
use crate::Timestamp;

/// Averaging period of the measured rate, in milliseconds.
const RATE_AVERAGE_MS: i64 = 30_000;
/// Maximum time by which a run of the room that a message starts is late, in seconds.
const MESSAGE_LATE_SECONDS: u64 = 5;
/// Maximum time by which a run of the room that the scheduled worker `sweep_rooms` starts is late, in
/// seconds. That worker runs once a minute.
const SCHEDULE_LATE_SECONDS: u64 = 125;

/// Measured admission rate, in users per 1,000 seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct MeasuredRate(pub u64);

/// Estimated waiting time of a user, as a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eta {
    /// Minimum waiting time, in seconds.
    pub min_seconds: u64,
    /// Maximum waiting time, in seconds. `None` in a paused room, which admits nobody.
    pub max_seconds: Option<u64>,
}

impl WaitingRoom {
    /// Returns the time up to which the admission rate is used up, in milliseconds since 1970, and the number
    /// of users whom the rate allows to admit at `now`. Rate that was not used for more than three seconds,
    /// or for more than the time of one user at a slower rate, is lost.
    pub(in crate::waiting_room) fn credit(&self, now: Timestamp) -> (i64, u64) {
        let oldest = now.as_millis() - self.admission_ms(1).max(3 * RUN_INTERVAL_MS);
        let since = self.credit_since.as_millis().max(oldest);
        let unused_ms = u64::try_from(now.as_millis() - since).unwrap_or(0);
        (since, unused_ms.saturating_mul(self.settings.rate_milli) / 1_000_000)
    }

    /// Returns the time that the admission of `count` users takes at the configured rate, in milliseconds.
    pub(super) fn admission_ms(&self, count: u64) -> i64 {
        i64::try_from((count * 1_000_000).div_ceil(self.settings.rate_milli.max(1))).unwrap_or(i64::MAX / 4)
    }

    pub(super) fn measured_rate_after(&self, admitted_count: u64, now: Timestamp) -> MeasuredRate {
        let before = self.admission_step.map_or(self.credit_since, |step| step.at);
        let took_ms = (now.as_millis() - before.as_millis()).max(1);
        let measured = admitted_count.saturating_mul(1_000_000) / took_ms.unsigned_abs();
        if self.measured_rate == MeasuredRate::default() {
            return MeasuredRate(measured.min(self.settings.rate_milli));
        }
        let weight = took_ms.min(RATE_AVERAGE_MS).unsigned_abs();
        let rest = RATE_AVERAGE_MS.unsigned_abs() - weight;
        MeasuredRate((self.measured_rate.0 * rest + measured * weight) / RATE_AVERAGE_MS.unsigned_abs())
    }

    /// Returns the measured admission rate at `now`. It is at most the rate that one more admission at `now`
    /// would lead to, so it falls while a full or paused room admits nobody.
    pub fn measured_rate_at(&self, now: Timestamp) -> MeasuredRate {
        MeasuredRate(self.measured_rate.0.min(self.measured_rate_after(1, now).0))
    }

    /// Returns the range of the waiting time of a user with `ahead` users in front: the minimum if only the
    /// rate limits admissions, and the maximum if each admitted user stays for the whole admission.
    pub fn eta(&self, ahead: u64, now: Timestamp) -> Eta {
        let waits = ahead.saturating_add(1);
        let (since, _) = self.credit(now);
        let earliest_ms = since.saturating_add(self.admission_ms(waits)).saturating_sub(now.as_millis());
        let min_seconds = u64::try_from(earliest_ms).unwrap_or(0) / 1000;
        let max_seconds = (self.status != WaitingRoomStatus::Paused).then(|| self.latest_seconds(waits, now));
        Eta { min_seconds, max_seconds }
    }

    /// Returns the time, in seconds, within which the next `waits` users are admitted even if each admitted
    /// user stays for the whole admission.
    fn latest_seconds(&self, waits: u64, now: Timestamp) -> u64 {
        let capacity = u64::from(self.settings.capacity).max(1);
        let free = u64::from(self.settings.capacity).saturating_sub(self.active());
        // In each round all admissions end, and as many users as the capacity allows are admitted.
        let rounds = waits.saturating_sub(free).div_ceil(capacity);
        let stay = u64::from(self.longest_token_seconds(now));
        let by_rate = self.admission_ms(waits).unsigned_abs().div_ceil(1000);
        let is_far = stay.max(by_rate) > MESSAGE_DELAY_MAX_MS.unsigned_abs() / 1000;
        let late = if is_far { SCHEDULE_LATE_SECONDS } else { MESSAGE_LATE_SECONDS };
        by_rate.saturating_add(late).saturating_add(rounds.saturating_mul(stay + late))
    }

    /// Returns the recommended delay until the next poll of a user with `ahead` users in front: a tenth of
    /// the expected waiting time, from 1,000 to 15,000 milliseconds.
    pub fn poll_after_ms(&self, ahead: u64, now: Timestamp) -> u64 {
        let measured = ahead.saturating_add(1).saturating_mul(1000).checked_div(self.measured_rate.0);
        let wait = measured.map_or(0, |seconds| seconds / 2).max(self.eta(ahead, now).min_seconds);
        (wait.saturating_mul(1000) / 10).clamp(1_000, 15_000)
    }
}
