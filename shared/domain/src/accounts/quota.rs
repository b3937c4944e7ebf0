//! Limits per network and fixed window: accounts that unknown devices fail to sign in to, and registrations.

use serde::Deserialize;

use super::Email;
use super::throttle::{HOUR_SECONDS, Network, QUARTER_SECONDS, long, seconds, short};
use crate::ids::UserId;
use crate::{Code, Error, Result, Timestamp};

/// Maximum number of accounts that one network may fail to sign in to per quarter of an hour. Mobile carriers
/// put thousands of users behind one address, so a low limit would block honest users.
const ACCOUNTS_TRIED_MAX: usize = 200;

/// Maximum number of addresses that one network may ask mails for per quarter of an hour.
const MAILED_ADDRESSES_MAX: usize = 100;

/// Limit of distinct entries that one network may add in a fixed window, with the entry that the current
/// request would add. An entry is an account that a sign-in failed for, or a registration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Keyed hash that names the counter in the store. It reveals nothing without the key.
    pub name: String,
    /// Short keyed hash of the entry of the current request. An entry counts once in a window.
    pub entry: String,
    /// Maximum number of entries per window.
    pub entries_max: usize,
    seconds: i64,
    refusal: &'static str,
}

/// Use that one network has made of a [`Quota`] in one window: accounts that its sign-ins failed for, or its
/// registrations. Only requests of that network write the item, and only below the limit.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct QuotaUsage {
    /// Start of the window, in seconds since 1970.
    pub window_s: i64,
    /// Short keyed hashes of the entries in the window.
    pub entries: Vec<String>,
}

/// Decision of a [`Quota`] about one entry that is within the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QuotaDecision {
    /// Entry is already counted in this window.
    Counted,
    /// Entry fits into the open window.
    Free,
    /// Entry starts a new window with this start time, in seconds since 1970.
    NewWindow(i64),
}

impl Quota {
    /// Creates the limit of accounts that unknown devices in `network` fail to sign in to. The entry is the
    /// account of `email`, which need not exist.
    pub fn accounts_tried(key: &[u8], network: &Network, email: &Email) -> Self {
        Self {
            name: long(key, &["accounts tried", &network.0]),
            entry: short(key, &["account", &email.key()]),
            entries_max: ACCOUNTS_TRIED_MAX,
            seconds: QUARTER_SECONDS,
            refusal: "Sign-in failed for too many accounts in your network; try again later, or on a device that has \
                      signed in before.",
        }
    }

    /// Creates the limit of `registrations_max` registrations per hour from `network`. The entry is the new
    /// account `user`.
    pub fn registrations(key: &[u8], network: &Network, user: &UserId, registrations_max: u32) -> Self {
        Self {
            name: long(key, &["registrations", &network.0]),
            entry: short(key, &["registration", user.as_str()]),
            entries_max: registrations_max as usize,
            seconds: HOUR_SECONDS,
            refusal: "Too many registrations from your network; try again later, or from another network.",
        }
    }

    /// Creates the limit of addresses that callers in `network` ask mails for. The entry is the address `email`.
    pub fn mailed_addresses(key: &[u8], network: &Network, email: &Email) -> Self {
        Self {
            name: long(key, &["mailed addresses", &network.0]),
            entry: short(key, &["mailed", &email.key()]),
            entries_max: MAILED_ADDRESSES_MAX,
            seconds: QUARTER_SECONDS,
            refusal: "Mails to too many addresses were asked for in your network; try again later.",
        }
    }

    /// Checks that the entry of the current request may be added at `now`, given `used`, the entries of
    /// the network so far.
    ///
    /// # Errors
    /// `TOO_MANY_REQUESTS` with the seconds until the window ends.
    pub fn check(&self, used: &QuotaUsage, now: Timestamp) -> Result<QuotaDecision> {
        let window_s = now.as_seconds().div_euclid(self.seconds) * self.seconds;
        if used.window_s < window_s {
            return Ok(QuotaDecision::NewWindow(window_s));
        }
        if used.entries.contains(&self.entry) {
            return Ok(QuotaDecision::Counted);
        }
        if used.entries.len() < self.entries_max {
            return Ok(QuotaDecision::Free);
        }
        let wait_ms = (used.window_s + self.seconds) * 1000 - now.as_millis();
        Err(Error::refused(Code::TooManyRequests, self.refusal).retry_after(seconds(wait_ms)))
    }

    /// Returns the time from which a window that starts at `window_s` no longer counts, in seconds since
    /// 1970.
    pub const fn expires_s(&self, window_s: i64) -> i64 {
        window_s + self.seconds + 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    const KEY: &[u8] = b"a key";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn tried(email: &str) -> Quota {
        Quota::accounts_tried(KEY, &Network::of("10.0.0.1"), &Email::parse(email).unwrap())
    }

    #[test]
    fn network_may_fail_for_two_hundred_accounts_in_a_quarter_of_an_hour() {
        let quota = tried("a@b.co");
        assert_eq!(quota.check(&QuotaUsage::default(), at(1000)).unwrap(), QuotaDecision::NewWindow(900));
        let mut used = QuotaUsage { window_s: 900, entries: Vec::new() };
        for number in 0..ACCOUNTS_TRIED_MAX {
            let quota = tried(&format!("a{number}@b.co"));
            assert_eq!(quota.check(&used, at(1000)).unwrap(), QuotaDecision::Free);
            used.entries.push(quota.entry);
        }
        let full = quota.check(&used, at(1000)).unwrap_err();
        assert_each_eq!((full.code, Code::TooManyRequests), (full.retry_after_s, Some(801)));
        // An account that is already counted stays below the network limit; its own limit applies.
        assert_eq!(tried("a7@b.co").check(&used, at(1000)).unwrap(), QuotaDecision::Counted);
        assert_eq!(quota.check(&used, at(1800)).unwrap(), QuotaDecision::NewWindow(1800));
    }

    #[test]
    fn registrations_count_by_account_and_hour() {
        let of = |user| Quota::registrations(KEY, &Network::of("10.0.0.1"), &UserId::new(user), 1);
        assert_eq!(of("a").name, of("b").name);
        let used = QuotaUsage { window_s: 3600, entries: vec![of("a").entry] };
        assert_eq!(of("a").check(&used, at(3700)).unwrap(), QuotaDecision::Counted);
        assert_eq!(of("b").check(&used, at(3700)).unwrap_err().retry_after_s, Some(3501));
        assert_eq!(of("b").check(&used, at(7200)).unwrap(), QuotaDecision::NewWindow(7200));
    }
}
