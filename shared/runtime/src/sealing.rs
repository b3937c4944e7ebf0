//! Secrets under the server's own key: sealing of those that are stored and read again, such as the key of an
//! authenticator app, and derivation of those that are never stored, such as the token in a mail.

use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Prk, Salt};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use config::{ExposeSecret, SecretString};
use domain::{Error, Result};

/// Salt of the keys that are derived from the server's key. It separates them from other uses of that key.
const SALT: &[u8] = b"dibs:sealing:1";
/// Length of a derived secret, in bytes.
const DERIVED_BYTES: usize = 32;

/// Keys of `DIBS_SEALING_KEY`. The first one seals and derives; the others only open what an earlier first one
/// sealed, and find what it derived.
pub struct SealingKeys(Vec<Prk>);

/// Purpose of a sealed or derived secret. Each one has a key of its own, so that no secret of one purpose passes
/// for one of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Token in a mail that confirms the address.
    EmailConfirmation,
    /// Token in a mail that allows a new password.
    PasswordReset,
    /// Key of an authenticator app (TOTP).
    Totp,
    /// Signing secret of a webhook.
    Webhook,
    /// Token in a mail that unsubscribes its recipient.
    Unsubscribe,
}

impl Purpose {
    const fn name(self) -> &'static [u8] {
        match self {
            Self::EmailConfirmation => b"email-confirmation",
            Self::PasswordReset => b"password-reset",
            Self::Totp => b"totp",
            Self::Webhook => b"webhook",
            Self::Unsubscribe => b"unsubscribe",
        }
    }
}

/// Length of a derived secret, as HKDF takes it.
struct DerivedLength;

impl KeyType for DerivedLength {
    fn len(&self) -> usize {
        DERIVED_BYTES
    }
}

impl SealingKeys {
    /// Creates the keys from the values of `DIBS_SEALING_KEY`, the present one first.
    pub fn new(secrets: &[SecretString]) -> Self {
        let salt = Salt::new(HKDF_SHA256, SALT);
        Self(secrets.iter().map(|secret| salt.extract(secret.expose_secret().as_bytes())).collect())
    }

    /// Encrypts `secret` of `owner`, for example the id of an account. The result is text to store, about 40
    /// characters longer than `secret` in base64. It opens only for the same purpose and owner. `entropy` must be
    /// random, since its first 96 bits are the nonce: two secrets of one purpose under the same nonce would
    /// reveal each other.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` in a function without the key.
    pub fn seal(&self, purpose: Purpose, owner: &str, secret: &[u8], entropy: u128) -> Result<String> {
        let mut nonce = [0; NONCE_LEN];
        nonce.copy_from_slice(&entropy.to_be_bytes()[..NONCE_LEN]);
        let key = encryption_key(self.present()?, purpose)?;
        let mut sealed = secret.to_vec();
        let tag = key.seal_in_place_separate_tag(
            Nonce::assume_unique_for_key(nonce),
            Aad::from(owner.as_bytes()),
            &mut sealed,
        );
        let tag = tag.map_err(Error::internal)?;
        Ok(URL_SAFE_NO_PAD.encode([&nonce, &sealed[..], tag.as_ref()].concat()))
    }

    /// Decrypts what [`Self::seal`] returned for the same purpose and owner.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` in a function without the key, and for a text that none of the keys has sealed for this
    /// purpose and owner.
    pub fn open(&self, purpose: Purpose, owner: &str, sealed: &str) -> Result<Vec<u8>> {
        self.present()?;
        let bytes = URL_SAFE_NO_PAD.decode(sealed).map_err(Error::internal)?;
        let foreign = || Error::internal(format!("no key of DIBS_SEALING_KEY opens the secret of {owner}"));
        let (nonce, rest) = bytes.split_first_chunk::<NONCE_LEN>().ok_or_else(foreign)?;
        for key in &self.0 {
            let key = encryption_key(key, purpose)?;
            let mut opened = rest.to_vec();
            let nonce = Nonce::assume_unique_for_key(*nonce);
            if let Ok(secret) = key.open_in_place(nonce, Aad::from(owner.as_bytes()), &mut opened) {
                return Ok(secret.to_vec());
            }
        }
        Err(foreign())
    }

    /// Derives 256 bits that only holders of the key know from `parts`, under each of the keys, that of the
    /// present one first. A secret that was derived before the key was rotated is among them.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` in a function without the key.
    pub fn derive(&self, purpose: Purpose, parts: &[&str]) -> Result<Vec<[u8; DERIVED_BYTES]>> {
        self.present()?;
        // The length before each part keeps the parts ("ab", "c") and ("a", "bc") apart.
        let mut info = Vec::new();
        for part in parts {
            info.extend((part.len() as u64).to_be_bytes());
            info.extend(part.as_bytes());
        }
        let derived = self.0.iter().map(|key| {
            let mut bytes = [0; DERIVED_BYTES];
            let label: [&[u8]; 3] = [b"derive:", purpose.name(), &info];
            let output = key.expand(&label, DerivedLength).map_err(Error::internal)?;
            output.fill(&mut bytes).map_err(Error::internal)?;
            Ok(bytes)
        });
        derived.collect()
    }

    fn present(&self) -> Result<&Prk> {
        let missing = || Error::internal("DIBS_SEALING_KEY is not set, and this function seals secrets");
        self.0.first().ok_or_else(missing)
    }
}

fn encryption_key(key: &Prk, purpose: Purpose) -> Result<LessSafeKey> {
    let label: [&[u8]; 2] = [b"seal:", purpose.name()];
    let key = key.expand(&label, &AES_256_GCM).map_err(Error::internal)?;
    Ok(LessSafeKey::new(UnboundKey::from(key)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys(texts: &[&str]) -> SealingKeys {
        SealingKeys::new(&texts.iter().map(|text| SecretString::from(*text)).collect::<Vec<_>>())
    }

    #[test]
    fn sealed_secret_opens_for_its_purpose_and_owner_only() {
        let keys = keys(&["0123456789abcdef"]);
        let sealed = keys.seal(Purpose::Totp, "usr_1", b"secret", 7 << 32).unwrap();
        assert_eq!(keys.open(Purpose::Totp, "usr_1", &sealed).unwrap(), b"secret");
        assert!(keys.open(Purpose::Totp, "usr_2", &sealed).is_err());
        assert!(keys.open(Purpose::Webhook, "usr_1", &sealed).is_err());
        assert_ne!(sealed, keys.seal(Purpose::Totp, "usr_1", b"secret", 8 << 32).unwrap());
    }

    #[test]
    fn changed_or_shortened_text_does_not_open() {
        let keys = keys(&["0123456789abcdef"]);
        let sealed = keys.seal(Purpose::Webhook, "whk_1", b"secret", 7 << 32).unwrap();
        let open = |text: &str| keys.open(Purpose::Webhook, "whk_1", text);
        for at in 0..sealed.len() {
            let other = if &sealed[at..=at] == "A" { "B" } else { "A" };
            let changed = format!("{}{other}{}", &sealed[..at], &sealed[at + 1..]);
            assert!(open(&changed).is_err(), "character {at}");
            assert!(open(&sealed[..at]).is_err(), "{at} characters");
        }
    }

    #[test]
    fn secret_outlives_a_rotation_of_the_key() {
        let (old, both) = (keys(&["an old key 12345"]), keys(&["a new key 123456", "an old key 12345"]));
        let sealed = old.seal(Purpose::Totp, "usr_1", b"secret", 7 << 32).unwrap();
        assert_eq!(both.open(Purpose::Totp, "usr_1", &sealed).unwrap(), b"secret");
        assert!(keys(&["a new key 123456"]).open(Purpose::Totp, "usr_1", &sealed).is_err());
        let derived = old.derive(Purpose::PasswordReset, &["usr_1", "3"]).unwrap();
        assert_eq!(both.derive(Purpose::PasswordReset, &["usr_1", "3"]).unwrap()[1..], derived);
    }

    #[test]
    fn derived_secrets_differ_by_purpose_and_parts() {
        let keys = keys(&["0123456789abcdef"]);
        let derive = |purpose, parts: &[&str]| keys.derive(purpose, parts).unwrap()[0];
        let known = [
            derive(Purpose::PasswordReset, &["ab", "c"]),
            derive(Purpose::PasswordReset, &["a", "bc"]),
            derive(Purpose::PasswordReset, &["abc"]),
            derive(Purpose::EmailConfirmation, &["ab", "c"]),
        ];
        for (index, one) in known.iter().enumerate() {
            assert!(!known[index + 1..].contains(one), "secret {index} is derived twice");
        }
        assert_eq!(known[0], derive(Purpose::PasswordReset, &["ab", "c"]));
    }

    #[test]
    fn function_without_the_key_seals_and_derives_nothing() {
        let none = keys(&[]);
        assert!(none.seal(Purpose::Totp, "usr_1", b"secret", 7).is_err());
        assert!(none.open(Purpose::Totp, "usr_1", "AAAA").is_err());
        assert!(none.derive(Purpose::Totp, &["usr_1"]).is_err());
    }
}
