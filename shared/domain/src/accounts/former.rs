//! Record of an e-mail address whose account was closed or banned. It contains a keyed hash of the address,
//! which is meaningless without the key, and account ids.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{Account, AccountStatus, Email};
use crate::activities::OutsideId;
use crate::ids::{UserId, derived};
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

/// Maximum number of closed accounts of one address that count at a time. Registration is refused at the
/// limit, since dropping the oldest account would let its owner claim again.
pub const FORMER_MAX: usize = 8;
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Keyed hash of an e-mail address: HMAC-SHA256 of [`Email::key`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EmailHash(String);

impl EmailHash {
    /// Computes the hash of `email` under `key`.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` if the key is empty because the function is not configured with it.
    pub fn new(key: &str, email: &Email) -> Result<Self> {
        if key.is_empty() {
            return Err(Error::internal(
                "DIBS_EMAIL_HASH_KEY is not set, and this function hashes e-mail addresses",
            ));
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).map_err(Error::internal)?;
        mac.update(email.key().as_bytes());
        Ok(Self(URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())))
    }

    /// Returns the hash as base64 text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the id of this address as an invited one, for activities of the user `inviter`. It is equal
    /// for all accounts of the address and different for each inviter.
    pub fn invitee_of(&self, inviter: &UserId) -> OutsideId {
        OutsideId::of_text(&derived(&["invite", inviter.as_str(), &self.0]))
    }
}

/// Closed account of an e-mail address that may have another account now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FormerAccount {
    /// Id of the closed account.
    pub id: UserId,
    /// Account that invited this one: its invite code was used at the registration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited_by: Option<UserId>,
    /// Time from which its claims and its invitation no longer count for the next account of the address,
    /// in UTC.
    #[serde(with = "millis")]
    pub until: Timestamp,
}

/// Record of one e-mail address: its closed accounts, and whether it is banned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KnownEmail {
    /// Keyed hash of the address.
    pub hash: EmailHash,
    /// Closed accounts of the address, newest first.
    #[serde(default)]
    pub accounts: Vec<FormerAccount>,
    /// Whether the account of the address is banned. The record then never expires.
    #[serde(default)]
    pub banned: bool,
    /// Version for optimistic locking; rises by one with every write. 0 if nothing is stored.
    pub version: u64,
}

impl KnownEmail {
    /// Returns an empty record for an address that is not stored.
    pub const fn unknown(hash: EmailHash) -> Self {
        Self { hash, accounts: Vec::new(), banned: false, version: 0 }
    }

    /// Returns the closed accounts that count for a new account of this address at `now`, newest first.
    ///
    /// # Errors
    /// `REGISTRATION_REFUSED` if the address is banned or has [`FORMER_MAX`] closed accounts that count.
    pub fn check_registration(&self, now: Timestamp) -> Result<Vec<FormerAccount>> {
        let counted: Vec<FormerAccount> =
            self.accounts.iter().filter(|account| account.until > now).cloned().collect();
        if self.banned || counted.len() >= FORMER_MAX {
            return Err(Error::refused(
                Code::RegistrationRefused,
                "This e-mail address cannot be registered; ask whoever runs this service.",
            ));
        }
        Ok(counted)
    }

    /// Returns the next version after `account` was closed at `now`. The account counts for `days` days.
    #[must_use]
    pub fn with_closed(&self, account: &Account, days: u32, now: Timestamp) -> Self {
        let until = now.plus_seconds(i64::from(days) * DAY_SECONDS);
        let closed = FormerAccount { id: account.id.clone(), invited_by: account.invited_by.clone(), until };
        let known = self.accounts.iter().filter(|known| known.until > now && known.id != account.id).cloned();
        let accounts = std::iter::once(closed).chain(known).collect();
        Self { accounts, version: self.version + 1, ..self.clone() }
    }

    /// Returns the next version after the account of the address changed to `status`, or `None` if the
    /// record says already whether it is banned.
    pub fn with_status(&self, status: AccountStatus) -> Option<Self> {
        let banned = status == AccountStatus::Banned;
        (banned != self.banned).then(|| Self { banned, version: self.version + 1, ..self.clone() })
    }

    /// Returns the expiry of the record in seconds since 1970, or `None` for a banned address.
    pub fn expires_s(&self) -> Option<i64> {
        let last = self.accounts.iter().map(|account| account.until.as_seconds() + 1).max();
        if self.banned { None } else { Some(last.unwrap_or(1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::accounts::tests::account;
    use assertions::assert_each_eq;

    fn hash(email: &str) -> EmailHash {
        EmailHash::new("a key", &Email::parse(email).unwrap()).unwrap()
    }

    fn at(days: i64) -> Timestamp {
        Timestamp::from_millis(days * DAY_SECONDS * 1000)
    }

    #[test]
    fn hash_is_the_same_for_each_spelling_and_another_for_each_key() {
        assert_eq!(hash("Kim@Example.com"), hash("kim@example.com"));
        let other = EmailHash::new("another key", &Email::parse("kim@example.com").unwrap()).unwrap();
        assert_ne!(hash("kim@example.com"), other);
        assert!(!hash("kim@example.com").as_str().contains('@'));
        assert_eq!(
            EmailHash::new("", &Email::parse("kim@example.com").unwrap()).unwrap_err().code,
            Code::InternalError
        );
    }

    #[test]
    fn invited_address_has_one_reference_for_each_inviter() {
        let (ann, bob) = (UserId::new("ann"), UserId::new("bob"));
        assert_eq!(hash("k@b.co").invitee_of(&ann), hash("K@b.co").invitee_of(&ann));
        assert_ne!(hash("k@b.co").invitee_of(&ann), hash("k@b.co").invitee_of(&bob));
    }

    #[test]
    fn closed_account_counts_until_its_time_and_a_ban_without_end() {
        let known = KnownEmail::unknown(hash("k@b.co")).with_closed(&account("a", &[]), 365, at(0));
        assert_eq!(known.expires_s(), Some(365 * DAY_SECONDS + 1));
        assert_eq!(known.check_registration(at(364)).unwrap()[0].id, UserId::new("a"));
        assert!(known.check_registration(at(365)).unwrap().is_empty());
        let banned = known.with_status(AccountStatus::Banned).unwrap();
        assert_each_eq!((banned.expires_s(), None), (banned.version, 2));
        assert_eq!(banned.check_registration(at(9_999)).unwrap_err().code, Code::RegistrationRefused);
        assert_eq!(banned.with_status(AccountStatus::Banned), None);
        assert!(banned.with_status(AccountStatus::Active).unwrap().check_registration(at(1)).is_ok());
    }

    #[test]
    fn address_of_too_many_accounts_is_refused_until_one_is_forgotten() {
        let mut known = KnownEmail::unknown(hash("k@b.co"));
        for number in 0..FORMER_MAX {
            assert!(known.check_registration(at(0)).is_ok(), "{number}");
            known = known.with_closed(&account(&format!("a{number}"), &[]), 365, at(0));
        }
        assert_eq!(known.check_registration(at(1)).unwrap_err().code, Code::RegistrationRefused);
        assert!(known.check_registration(at(366)).unwrap().is_empty());
    }
}
