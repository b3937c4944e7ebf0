//! Limit on the external condition checks that one user may cause.

use serde::{Deserialize, Serialize};

use crate::ids::{Nonce, UserId};
use crate::{Code, Error, Timestamp};

/// Length of the sliding window in which checks are counted, in seconds.
pub const WINDOW_SECONDS: i64 = 60;

/// Condition checks that a user caused within the last minute. Older requests are dropped with the next
/// write, so the item stays small.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckQuota {
    /// User whose requests caused the checks.
    pub user_id: UserId,
    /// Requests of the last minute: time in milliseconds since 1970, and number of checks.
    asked: Vec<(i64, u32)>,
    /// Random number that distinguishes this write from another one of equal content.
    #[serde(rename = "chance", default)]
    nonce: Nonce,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
}

impl CheckQuota {
    /// Returns the quota of a user without checks, at version 0.
    pub const fn unused(user_id: UserId) -> Self {
        Self { user_id, asked: Vec::new(), nonce: Nonce::NONE, version: 0 }
    }

    /// Returns `true` if `count` more checks are allowed at `now`, with a limit of `limit` checks per
    /// minute. A request with more checks than `limit` is allowed if the user caused no checks in the last
    /// minute, so that every valid condition can be checked. A limit of 0 allows none.
    pub fn allows(&self, count: u32, now: Timestamp, limit: u32) -> bool {
        let used = self.used(now);
        limit > 0 && (used == 0 || used.saturating_add(count) <= limit)
    }

    /// Returns the next version with `count` checks made at `now`.
    #[must_use]
    pub fn with_checks(&self, count: u32, now: Timestamp, nonce: Nonce) -> Self {
        let recent = self.recent(now).copied();
        let asked = recent.chain([(now.as_millis(), count)]).collect();
        Self { user_id: self.user_id.clone(), asked, nonce, version: self.version + 1 }
    }

    /// Returns the error `TOO_MANY_REQUESTS` for `count` more checks at `now`, with the seconds until they
    /// are allowed.
    pub fn refusal(&self, count: u32, now: Timestamp, limit: u32) -> Error {
        let mut left = self.used(now);
        let mut wait_ms = WINDOW_SECONDS * 1000;
        for (at, made) in self.recent(now) {
            left = left.saturating_sub(*made);
            if left == 0 || left.saturating_add(count) <= limit {
                wait_ms = at + WINDOW_SECONDS * 1000 - now.as_millis();
                break;
            }
        }
        let wait_s = u32::try_from(wait_ms.div_euclid(1000) + 1).unwrap_or(1);
        let message = "Conditions were checked at an outside service too often in the last minute; wait as \
                       long as Retry-After says.";
        Error::refused(Code::TooManyRequests, message).retry_after(wait_s)
    }

    /// Returns the time from which the item may be deleted, in seconds since 1970.
    pub fn expires_s(&self) -> i64 {
        self.asked.iter().map(|(at, _)| at / 1000).max().unwrap_or_default() + 2 * WINDOW_SECONDS
    }

    fn used(&self, now: Timestamp) -> u32 {
        self.recent(now).map(|(_, count)| *count).fold(0, u32::saturating_add)
    }

    fn recent(&self, now: Timestamp) -> impl Iterator<Item = &(i64, u32)> {
        let since = now.plus_seconds(-WINDOW_SECONDS).as_millis();
        self.asked.iter().filter(move |(at, _)| *at > since)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(second * 1000)
    }

    #[test]
    fn quota_allows_the_limit_in_any_minute_and_no_more() {
        let quota = CheckQuota::unused(UserId::new("1")).with_checks(20, at(0), Nonce(1)).with_checks(
            10,
            at(30),
            Nonce(2),
        );
        assert!(!quota.allows(1, at(59), 30), "30 are used");
        assert!(quota.allows(20, at(60), 30), "the first 20 are a minute old");
        assert!(!quota.allows(21, at(60), 30));
        assert_eq!(quota.refusal(1, at(40), 30).retry_after_s, Some(21), "one is free when 20 are");
        assert_eq!(quota.refusal(25, at(40), 30).retry_after_s, Some(51), "25 only when all are");
        assert_eq!(quota.with_checks(5, at(61), Nonce(3)).asked.len(), 2, "what is over is dropped");
    }

    #[test]
    fn condition_with_more_checks_than_the_limit_can_be_asked_once_a_minute() {
        let unused = CheckQuota::unused(UserId::new("1"));
        assert!(unused.allows(62, at(0), 30));
        let used = unused.with_checks(62, at(0), Nonce(1));
        assert!(!used.allows(1, at(1), 30));
        assert!(used.allows(62, at(60), 30));
        assert!(!unused.allows(1, at(0), 0), "a limit of none allows none");
    }
}
