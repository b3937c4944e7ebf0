//! Failed sign-ins, counted by account and by address, so that passwords cannot be tried out.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::Email;
use crate::ids::derived;
use crate::{Code, Error, Result, Timestamp};

const WINDOW_SECONDS: i64 = 15 * 60;
const FAILURES_MAX_PER_ACCOUNT: usize = 10;
/// Many people may share an address.
const FAILURES_MAX_PER_ADDRESS: usize = 50;

/// Who fails: an account, whether or not it exists, or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// Names it in the store and tells nothing of who it is.
    pub name: String,
    failures_max: usize,
}

impl Subject {
    /// The account with this e-mail.
    pub fn account(email: &Email) -> Self {
        Self { name: derived(&["account", &email.key()]), failures_max: FAILURES_MAX_PER_ACCOUNT }
    }

    /// Everybody at this address. One household or server has a whole /64 of IPv6, so that is what counts.
    pub fn address(address: &str) -> Self {
        let counted = match address.parse::<IpAddr>().map(|address| address.to_canonical()) {
            Ok(IpAddr::V6(v6)) => format!("{:?}", &v6.segments()[..4]),
            Ok(v4) => v4.to_string(),
            Err(_) => address.to_owned(),
        };
        Self { name: derived(&["address", &counted]), failures_max: FAILURES_MAX_PER_ADDRESS }
    }
}

/// The failures of one subject within the last 15 minutes: never more than are allowed, so the item stays
/// small and an attack does not grow it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttle {
    /// [`Subject::name`].
    pub subject: String,
    /// When the failures were, in milliseconds since 1970.
    failures_ms: Vec<i64>,
    /// The request that failed last: tells this write from another one of the same millisecond.
    request_id: String,
    /// One more with every failure.
    pub version: u64,
}

impl Throttle {
    /// Nothing has failed yet.
    pub fn none(subject: &Subject) -> Self {
        Self { subject: subject.name.clone(), failures_ms: Vec::new(), request_id: String::new(), version: 0 }
    }

    /// Whether another try is allowed at `now`.
    ///
    /// # Errors
    /// `TOO_MANY_REQUESTS`, with the seconds until the oldest failure no longer counts.
    pub fn check(&self, subject: &Subject, now: Timestamp) -> Result<()> {
        let counted: Vec<i64> = self.counted(now).collect();
        if counted.len() < subject.failures_max {
            return Ok(());
        }
        let oldest_ms = counted.iter().min().copied().unwrap_or_default();
        let wait_ms = oldest_ms + WINDOW_SECONDS * 1000 - now.as_millis();
        let wait_s = u32::try_from(wait_ms.div_euclid(1000) + 1).unwrap_or(1);
        Err(Error::refused(Code::TooManyRequests, "Too many failed sign-ins; try again later.")
            .retry_after(wait_s))
    }

    /// The same with one more failure at `now`.
    #[must_use]
    pub fn failed(&self, now: Timestamp, request_id: &str) -> Self {
        Self {
            subject: self.subject.clone(),
            failures_ms: self.counted(now).chain([now.as_millis()]).collect(),
            request_id: request_id.to_owned(),
            version: self.version + 1,
        }
    }

    /// From when on it counts nothing any more, in seconds since 1970.
    pub fn expires_s(&self) -> i64 {
        self.failures_ms.iter().max().copied().unwrap_or_default() / 1000 + WINDOW_SECONDS + 1
    }

    fn counted(&self, now: Timestamp) -> impl Iterator<Item = i64> {
        let from_ms = now.as_millis() - WINDOW_SECONDS * 1000;
        self.failures_ms.iter().copied().filter(move |ms| *ms > from_ms)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(seconds * 1000)
    }

    #[test]
    fn ten_failures_close_an_account_until_the_oldest_is_a_quarter_of_an_hour_old() {
        let subject = Subject::account(&Email::parse("a@b.co").unwrap());
        let mut throttle = Throttle::none(&subject);
        for second in 0..10 {
            assert!(throttle.check(&subject, at(second)).is_ok());
            throttle = throttle.failed(at(second), "req");
        }
        let error = throttle.check(&subject, at(10)).unwrap_err();
        assert_eq!((error.code, error.retry_after_s), (Code::TooManyRequests, Some(891)));
        assert!(throttle.check(&subject, at(899)).is_err());
        assert!(throttle.check(&subject, at(900)).is_ok());
        let next = throttle.failed(at(900), "req");
        assert_eq!((next.failures_ms.len(), next.version), (10, 11));
        assert!(next.check(&subject, at(900)).is_err());
        assert_eq!(next.expires_s(), 1801);
    }

    #[test]
    fn two_failures_of_one_millisecond_are_two() {
        let none = Throttle::none(&Subject::address("127.0.0.1"));
        assert_ne!(none.failed(at(1), "one"), none.failed(at(1), "two"));
        assert_eq!(none.failed(at(1), "one").failed(at(1), "two").failures_ms.len(), 2);
    }

    #[test]
    fn a_subject_is_one_whatever_its_spelling_and_says_nothing() {
        let subject = |text| Subject::account(&Email::parse(text).unwrap());
        assert_eq!(subject("A@b.co"), subject("a@B.co"));
        assert!(!subject("a@b.co").name.contains('@'));
        assert_eq!(Subject::address("2001:db8::1"), Subject::address("2001:db8:0:0:ffff::2"));
        assert_ne!(Subject::address("2001:db8::1"), Subject::address("2001:db8:0:1::1"));
        assert_eq!(Subject::address("::ffff:10.0.0.1"), Subject::address("10.0.0.1"));
        assert_ne!(Subject::address("10.0.0.1"), Subject::address("10.0.0.2"));
    }
}
