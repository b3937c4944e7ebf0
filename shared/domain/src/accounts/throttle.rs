//! Limits on failed sign-ins. They stop password guessing without letting an attacker lock the owner out.
//!
//! Failures from unknown devices count per account and network. A device that signed in before has its own
//! counter, so an attacker's failures do not block it.

use std::fmt;
use std::net::IpAddr;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{Email, EmailTokenKind};
use crate::ids::UserId;
use crate::{Code, Error, Result, Timestamp};

pub(super) const QUARTER_SECONDS: i64 = 15 * 60;
pub(super) const HOUR_SECONDS: i64 = 60 * 60;

/// Limits of failures from unknown devices for one account: per network and in total.
const ACCOUNT_BOUNDS: [FailureLimit; 2] = [
    FailureLimit { failures_max: 10, seconds: QUARTER_SECONDS, of_one_source: true },
    FailureLimit { failures_max: 100, seconds: HOUR_SECONDS, of_one_source: false },
];
/// Limit of failures of a known device, and of password checks inside a session.
const OWN_BOUNDS: [FailureLimit; 1] =
    [FailureLimit { failures_max: 10, seconds: QUARTER_SECONDS, of_one_source: false }];

/// Limits of mails to one address that somebody asks for: per network and in total. The total bounds what a stranger can
/// send to a mailbox; the owner, in another network, still has attempts left.
const MAIL_BOUNDS: [FailureLimit; 2] = [
    FailureLimit { failures_max: 3, seconds: QUARTER_SECONDS, of_one_source: true },
    FailureLimit { failures_max: 20, seconds: HOUR_SECONDS, of_one_source: false },
];
const SIGN_IN_REFUSAL: &str =
    "Too many failed sign-ins; try again later, or on a device that has signed in before.";
const MAIL_REFUSAL: &str =
    "Too many mails were asked for to this address; look for the newest one, or try again later.";

/// Length of the short hashes in a counter. 36 bits make a collision among a few hundred entries negligible.
const SHORT_CHARS: usize = 6;

/// Network of a caller, the unit of the limits: an IPv4 address or an IPv6 /64 prefix, which one household or
/// server owns.
#[derive(Clone, PartialEq, Eq)]
pub struct Network(pub(super) String);

impl Network {
    /// Returns the network of an IP address. Text that is not an address becomes its own network.
    pub fn of(address: &str) -> Self {
        Self(match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V6(v6)) => format!("{:?}", &v6.segments()[..4]),
            Ok(v4) => v4.to_string(),
            Err(_) => address.to_owned(),
        })
    }
}

/// Prints only the type name, since an address is personal data.
impl fmt::Debug for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Network")
    }
}

/// Limit of failures within a sliding window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct FailureLimit {
    failures_max: usize,
    seconds: i64,
    /// Whether only failures from the network of the caller count.
    of_one_source: bool,
}

/// Subject whose failed password checks are counted together, with the network of the current request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThrottleSubject {
    /// Keyed hash that names the subject in the store and in logs. It reveals nothing without the key.
    pub name: String,
    source: String,
    bounds: &'static [FailureLimit],
    refusal: &'static str,
}

impl ThrottleSubject {
    /// Creates the subject for sign-ins from unknown devices in `network` to the account with this e-mail,
    /// which need not exist.
    pub fn account(key: &[u8], email: &Email, network: Option<&Network>) -> Self {
        let source = network.map_or("", |network| &network.0);
        Self {
            name: long(key, &["account", &email.key()]),
            source: short(key, &["source", source]),
            bounds: &ACCOUNT_BOUNDS,
            refusal: SIGN_IN_REFUSAL,
        }
    }

    /// Creates the subject for mails of this kind to the account with this e-mail, which need not exist. Each
    /// request for one counts as a failure.
    pub fn mails(key: &[u8], kind: EmailTokenKind, email: &Email, network: Option<&Network>) -> Self {
        let source = network.map_or("", |network| &network.0);
        let purpose = match kind {
            EmailTokenKind::Confirmation => "confirmation mails",
            EmailTokenKind::PasswordReset => "password mails",
        };
        Self {
            name: long(key, &[purpose, &email.key()]),
            source: short(key, &["source", source]),
            bounds: &MAIL_BOUNDS,
            refusal: MAIL_REFUSAL,
        }
    }

    /// Creates the subject for a device that signed in to the account of `user` before.
    pub fn device(key: &[u8], user: &UserId, device: &str) -> Self {
        Self::own(long(key, &["device", user.as_str(), device]))
    }

    /// Creates the subject for password checks of `user` inside a session.
    pub fn signed_in(key: &[u8], user: &UserId) -> Self {
        Self::own(long(key, &["signed in", user.as_str()]))
    }

    fn own(name: String) -> Self {
        Self { name, source: String::new(), bounds: &OWN_BOUNDS, refusal: SIGN_IN_REFUSAL }
    }
}

/// Recent failures of one subject. The limits bound their number, so that an attack cannot grow the item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttle {
    /// Name of the subject, from [`ThrottleSubject::name`].
    pub subject: String,
    /// Each failure as its time, in milliseconds since 1970, and a short hash of the network that it came
    /// from.
    failures: Vec<(i64, String)>,
    /// Request id of the last failure. It distinguishes two writes of the same millisecond.
    request_id: String,
    /// Time from which DynamoDB may delete the item, in seconds since 1970.
    until_s: i64,
    /// Version for optimistic locking; rises by one with every failure.
    pub version: u64,
}

impl Throttle {
    /// Returns a counter without failures.
    pub fn none(subject: &ThrottleSubject) -> Self {
        Self {
            subject: subject.name.clone(),
            failures: Vec::new(),
            request_id: String::new(),
            until_s: 0,
            version: 0,
        }
    }

    /// Checks that the subject may try another password at `now`.
    ///
    /// # Errors
    /// `TOO_MANY_REQUESTS` with the seconds until enough failures leave the window.
    pub fn check(&self, subject: &ThrottleSubject, now: Timestamp) -> Result<()> {
        let waits_ms = subject.bounds.iter().filter_map(|bound| self.wait_ms(subject, bound, now));
        waits_ms.max().map_or(Ok(()), |wait_ms| {
            Err(Error::refused(Code::TooManyRequests, subject.refusal).retry_after(seconds(wait_ms)))
        })
    }

    /// Returns the remaining time of a refusal by `bound` in milliseconds, or `None` if it allows another
    /// attempt.
    fn wait_ms(&self, subject: &ThrottleSubject, bound: &FailureLimit, now: Timestamp) -> Option<i64> {
        let from_ms = now.as_millis() - bound.seconds * 1000;
        let counts = |(at_ms, source): &&(i64, String)| {
            *at_ms > from_ms && (!bound.of_one_source || *source == subject.source)
        };
        let mut counted: Vec<i64> = self.failures.iter().filter(counts).map(|(at_ms, _)| *at_ms).collect();
        counted.sort_unstable();
        // Expiry of this failure brings the count below the limit.
        let first = counted.len().checked_sub(bound.failures_max)?;
        Some(counted[first] + bound.seconds * 1000 - now.as_millis())
    }

    /// Returns the counter with one more failure at `now`. Failures that are older than every limit's
    /// window are dropped.
    #[must_use]
    pub fn failed(&self, subject: &ThrottleSubject, now: Timestamp, request_id: &str) -> Self {
        let longest_s = subject.bounds.iter().map(|bound| bound.seconds).max().unwrap_or_default();
        let from_ms = now.as_millis() - longest_s * 1000;
        let counted = self.failures.iter().filter(|(at_ms, _)| *at_ms > from_ms).cloned();
        Self {
            subject: self.subject.clone(),
            failures: counted.chain([(now.as_millis(), subject.source.clone())]).collect(),
            request_id: request_id.to_owned(),
            until_s: self.until_s.max(now.as_seconds() + longest_s + 1),
            version: self.version + 1,
        }
    }

    /// Returns the time from which no failure counts, in seconds since 1970.
    pub fn expires_s(&self) -> i64 {
        self.until_s
    }
}

/// Returns the seconds of a `Retry-After` that covers `wait_ms`.
pub(super) fn seconds(wait_ms: i64) -> u32 {
    u32::try_from(wait_ms.div_euclid(1000) + 1).unwrap_or(1)
}

/// Returns a keyed hash of `parts` in 22 characters.
pub(super) fn long(key: &[u8], parts: &[&str]) -> String {
    URL_SAFE_NO_PAD.encode(&keyed(key, parts)[..16])
}

/// Returns a keyed hash of `parts` in [`SHORT_CHARS`] characters.
pub(super) fn short(key: &[u8], parts: &[&str]) -> String {
    let mut text = long(key, parts);
    text.truncate(SHORT_CHARS);
    text
}

fn keyed(key: &[u8], parts: &[&str]) -> [u8; 32] {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(key) else { return [0; 32] };
    for part in parts {
        mac.update(&(part.len() as u64).to_be_bytes());
        mac.update(part.as_bytes());
    }
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use assertions::assert_each_eq;

    const KEY: &[u8] = b"a key";

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    fn email() -> Email {
        Email::parse("a@b.co").unwrap()
    }

    fn from(address: &str) -> ThrottleSubject {
        ThrottleSubject::account(KEY, &email(), Some(&Network::of(address)))
    }

    fn refused(throttle: &Throttle, subject: &ThrottleSubject, second: i64) -> Option<u32> {
        throttle.check(subject, at(second)).err().map(|error| {
            assert_eq!(error.code, Code::TooManyRequests);
            error.retry_after_s.unwrap()
        })
    }

    #[test]
    fn ten_failures_from_a_network_close_an_account_for_it_alone_until_the_oldest_is_a_quarter_old() {
        let (here, there) = (from("10.0.0.1"), from("10.0.0.2"));
        let mut throttle = Throttle::none(&here);
        for second in 0..10 {
            assert_eq!(refused(&throttle, &here, second), None);
            throttle = throttle.failed(&here, at(second), "req");
        }
        assert_eq!(refused(&throttle, &here, 10), Some(891));
        assert_eq!(refused(&throttle, &there, 10), None);
        assert_eq!(refused(&throttle, &here, 899), Some(2));
        assert_eq!(refused(&throttle, &here, 900), None);
        let next = throttle.failed(&here, at(900), "req");
        assert_each_eq!((refused(&next, &here, 900), Some(2)), (next.version, 11));
        assert_eq!(next.expires_s(), 4501);
    }

    #[test]
    fn hundred_failures_from_anywhere_close_an_account_until_the_oldest_is_an_hour_old() {
        let mut throttle = Throttle::none(&from("10.0.0.0"));
        for number in 0..100 {
            let here = from(&format!("10.0.0.{number}"));
            assert_eq!(refused(&throttle, &here, 0), None);
            throttle = throttle.failed(&here, at(0), "req");
        }
        let elsewhere = from("10.0.1.1");
        assert_eq!(refused(&throttle, &elsewhere, 3599), Some(2));
        assert_eq!(refused(&throttle, &elsewhere, 3600), None);
        let next = throttle.failed(&elsewhere, at(3600), "req");
        assert_eq!(next.failures.len(), 1, "what no longer counts is forgotten");
        let size = serde_json::to_string(&throttle).unwrap().len();
        assert!(size < 3_000, "{size} bytes");
    }

    #[test]
    fn known_device_and_signed_in_owner_have_counts_of_their_own() {
        let user = UserId::new("a");
        let subjects = [
            from("10.0.0.1"),
            ThrottleSubject::device(KEY, &user, "one"),
            ThrottleSubject::device(KEY, &user, "two"),
            ThrottleSubject::signed_in(KEY, &user),
        ];
        let names: std::collections::BTreeSet<&str> = subjects.iter().map(|one| &*one.name).collect();
        assert_eq!(names.len(), subjects.len());
        let device = &subjects[1];
        let failed =
            (0..10).fold(Throttle::none(device), |throttle, _| throttle.failed(device, at(0), "req"));
        assert_eq!(refused(&failed, device, 0), Some(901));
        assert_eq!(refused(&failed, device, 900), None);
    }

    #[test]
    fn two_failures_of_one_millisecond_are_two() {
        let here = from("127.0.0.1");
        let none = Throttle::none(&here);
        assert_ne!(none.failed(&here, at(1), "one"), none.failed(&here, at(1), "two"));
        assert_eq!(none.failed(&here, at(1), "one").failed(&here, at(1), "two").failures.len(), 2);
    }

    #[test]
    fn subject_is_one_whatever_its_spelling_and_says_nothing_without_the_key() {
        let named = |key, text| ThrottleSubject::account(key, &Email::parse(text).unwrap(), None).name;
        assert_eq!(named(KEY, "A@b.co"), named(KEY, "a@B.co"));
        assert_ne!(named(KEY, "a@b.co"), named(b"another", "a@b.co"));
        assert!(!named(KEY, "a@b.co").contains('@'));
    }

    #[test]
    fn network_is_an_ipv4_address_or_the_first_half_of_an_ipv6_one() {
        for (one, other, same) in [
            ("2001:db8::1", "2001:db8:0:0:ffff::2", true),
            ("2001:db8::1", "2001:db8:0:1::1", false),
            ("::ffff:10.0.0.1", "10.0.0.1", true),
            ("10.0.0.1", "10.0.0.2", false),
        ] {
            assert_eq!(Network::of(one) == Network::of(other), same, "{one} and {other}");
        }
        assert_eq!(format!("{:?}", Network::of("10.0.0.1")), "Network");
    }
}
