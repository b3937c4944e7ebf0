//! How fast people are let in: what the rate allows, what was measured, and how long the others will wait.

use serde::{Deserialize, Serialize};

use super::{LOOK_MS, Room};
use crate::Timestamp;

/// How fast the measured pace forgets.
const PACE_MS: i64 = 30_000;

/// How fast people are let in, as it was measured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pace(pub u64);

/// How long somebody will wait: between so many seconds; no end is known while nobody was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Eta {
    /// At least.
    pub min_seconds: u64,
    /// At most.
    pub max_seconds: Option<u64>,
}

impl Room {
    /// Since when the rate is not used up, in milliseconds, and how many it allows at `now`. What was not
    /// used is good for as long as a look may be late, or for one.
    pub(in crate::queue) fn credit(&self, now: Timestamp) -> (i64, u64) {
        let oldest = now.as_millis() - self.cost_ms(1).max(3 * LOOK_MS);
        let since = self.credit_since.as_millis().max(oldest);
        let unused_ms = u64::try_from(now.as_millis() - since).unwrap_or(0);
        (since, unused_ms.saturating_mul(self.settings.rate_milli) / 1_000_000)
    }

    /// The time that the rate takes for `count`.
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

    /// How long somebody with `ahead` people before them will wait: half to double of what the measured pace
    /// says, and never less than the rate allows.
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

    /// After how many milliseconds somebody with `ahead` people before them should ask again.
    pub fn poll_after_ms(&self, ahead: u64) -> u64 {
        let wait_ms = self.eta(ahead).min_seconds.saturating_mul(1000);
        (wait_ms / 10).clamp(1_000, 15_000)
    }
}
