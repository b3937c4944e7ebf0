//! Admission rate: the configured limit, the measured rate, and the waiting time that follows.

use serde::{Deserialize, Serialize};

use super::{LOOK_MS, Room};
use crate::Timestamp;

/// Averaging period of the measured rate, in milliseconds.
const PACE_MS: i64 = 30_000;

/// Measured admission rate, in users per 1,000 seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pace(pub u64);

/// Estimated waiting time of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eta {
    /// Minimum waiting time, in seconds.
    pub min_seconds: u64,
    /// Maximum waiting time, in seconds. `None` before the first admission.
    pub max_seconds: Option<u64>,
}

impl Room {
    /// Returns the time since which the rate is unused, in milliseconds, and the number of users that the
    /// rate allows at `now`. Unused rate is kept for three intervals between runs, or for one user.
    pub(in crate::queue) fn credit(&self, now: Timestamp) -> (i64, u64) {
        let oldest = now.as_millis() - self.cost_ms(1).max(3 * LOOK_MS);
        let since = self.credit_since.as_millis().max(oldest);
        let unused_ms = u64::try_from(now.as_millis() - since).unwrap_or(0);
        (since, unused_ms.saturating_mul(self.settings.rate_milli) / 1_000_000)
    }

    /// Returns the time that the rate needs for `count` users, in milliseconds.
    pub(super) fn cost_ms(&self, count: u64) -> i64 {
        i64::try_from((count * 1_000_000).div_ceil(self.settings.rate_milli.max(1))).unwrap_or(i64::MAX / 4)
    }

    pub(super) fn pace_after(&self, let_in: u64, now: Timestamp) -> Pace {
        let before = self.step.map_or(self.credit_since, |step| step.at);
        let took_ms = (now.as_millis() - before.as_millis()).max(1);
        let measured = let_in.saturating_mul(1_000_000) / took_ms.unsigned_abs();
        if self.pace == Pace::default() {
            return Pace(measured.min(self.settings.rate_milli));
        }
        let weight = took_ms.min(PACE_MS).unsigned_abs();
        let rest = PACE_MS.unsigned_abs() - weight;
        Pace((self.pace.0 * rest + measured * weight) / PACE_MS.unsigned_abs())
    }

    /// Estimates the waiting time behind `ahead` users: half to twice the time at the measured rate, and
    /// never less than the configured rate allows.
    pub fn eta(&self, ahead: u64) -> Eta {
        let seconds = |count: u64, pace: u64| count.saturating_mul(1000).checked_div(pace);
        let waits = ahead + 1;
        let fastest = seconds(waits, self.settings.rate_milli).unwrap_or(0);
        let measured = seconds(waits, self.pace.0);
        Eta {
            min_seconds: measured.map_or(fastest, |seconds| (seconds / 2).max(fastest)),
            max_seconds: measured.map(|seconds| (seconds * 2).max(fastest + 1)),
        }
    }

    /// Returns the recommended delay until the next poll of a user behind `ahead` users, in milliseconds.
    pub fn poll_after_ms(&self, ahead: u64) -> u64 {
        let wait_ms = self.eta(ahead).min_seconds.saturating_mul(1000);
        (wait_ms / 10).clamp(1_000, 15_000)
    }
}
