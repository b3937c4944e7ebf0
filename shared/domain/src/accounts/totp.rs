//! Authenticator apps: time-based one-time passwords (RFC 6238) and recovery codes, as the second factor of a
//! sign-in.
//!
//! An app and dibs share a secret, from which both compute a code of six digits for each 30 seconds. A code is accepted
//! once, in its own 30 seconds and those before and after, so that a clock may be a little off.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use totp_rs::{Builder, Totp};

use super::{Account, Roles, is_staff};
use crate::ids::Nonce;
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

/// Name of the service that an app shows beside its codes.
const ISSUER: &str = "dibs";
/// Validity of a code, in seconds.
const STEP_SECONDS: u64 = 30;
/// Number of 30-second steps by which the clock of the app may be off.
const SKEW_STEPS: u16 = 1;
/// Number of steps by which a code may be off to be refused as that of a wrong clock.
const CLOCK_OFF_STEPS: u16 = 4;
/// Number of recovery codes that an account gets.
pub const RECOVERY_CODES: usize = 10;
/// Length of a recovery code without its hyphens: 80 random bits, too many to guess even with the stored hash.
const RECOVERY_LENGTH: usize = 16;
const CROCKFORD: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// Secret that an authenticator app and dibs share: 160 bits.
pub struct TotpSecret(Vec<u8>);

impl TotpSecret {
    /// Creates a secret from random bits.
    pub fn new(entropy: [u128; 2]) -> Self {
        let bytes = entropy.map(u128::to_be_bytes).concat();
        Self(bytes[..20].to_vec())
    }

    /// Wraps the bytes of a secret that was stored sealed.
    pub const fn from_bytes(bytes: Vec<u8>) -> Self {
        Self(bytes)
    }

    /// Returns the bytes of the secret, to be stored sealed. Never log them.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the secret in base 32, for an owner who types it.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` if the secret is shorter than the standard allows.
    pub fn base32(&self) -> Result<String> {
        Ok(self.totp(SKEW_STEPS, "")?.secret().to_base32())
    }

    /// Returns the `otpauth` URI that an app reads from a QR code, with the e-mail address `email` as its label.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` if the URI cannot be made.
    pub fn uri(&self, email: &str) -> Result<String> {
        self.totp(SKEW_STEPS, email)?.to_url().map_err(internal)
    }

    /// Returns the code at `at`, as an app shows it.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` if the secret is shorter than the standard allows.
    pub fn code(&self, at: Timestamp) -> Result<TotpCode> {
        Ok(TotpCode(self.totp(SKEW_STEPS, "")?.generate(seconds(at)).to_string()))
    }

    /// Returns the 30-second step, since 1970, that `code` is of.
    ///
    /// # Errors
    /// `TOTP_CLOCK_OFF` for a code of a step that is near but not accepted; `TOTP_WRONG` for any other.
    fn step(&self, code: &TotpCode, now: Timestamp) -> Result<u64> {
        let near = |steps| Ok::<_, Error>(self.totp(steps, "")?.check(&code.0, seconds(now)));
        if let Some(step) = near(SKEW_STEPS)? {
            return Ok(step);
        }
        if near(CLOCK_OFF_STEPS)?.is_some() {
            return Err(Error::refused(
                Code::TotpClockOff,
                "This code is of another minute: set the clock of the device with the authenticator app, or let it \
                 follow the network, and send a new code.",
            ));
        }
        Err(wrong())
    }

    fn totp(&self, skew: u16, label: &str) -> Result<Totp> {
        let secret = totp_rs::Secret::new(self.0.clone().into_boxed_slice());
        let builder = Builder::new().with_secret(secret).with_skew(skew).with_step_duration(STEP_SECONDS);
        builder.with_issuer(Some(ISSUER)).with_account_name(label).build().map_err(internal)
    }
}

fn internal(error: impl fmt::Display) -> Error {
    Error::internal(error.to_string())
}

fn seconds(at: Timestamp) -> u64 {
    u64::try_from(at.as_seconds()).unwrap_or_default()
}

fn wrong() -> Error {
    Error::refused(
        Code::TotpWrong,
        "The code is wrong: send the one that the authenticator app shows now, or an unused recovery code.",
    )
}

/// Code of an authenticator app: six digits.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct TotpCode(#[schemars(regex(pattern = "^[0-9]{6}$"))] String);

impl TotpCode {
    /// Returns the six digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TotpCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpCode")
    }
}

/// Recovery code, which replaces a code of the app once: 16 characters in groups of four. Lower case is accepted, and
/// so are hyphens and spaces anywhere.
#[derive(Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct RecoveryCode(#[schemars(length(min = 1, max = 40))] String);

impl RecoveryCode {
    /// Creates a code from random bits, of which it uses 80.
    pub fn new(entropy: u128) -> Self {
        let digit = |place: usize| char::from(CROCKFORD[(entropy >> (5 * place)) as usize % CROCKFORD.len()]);
        let group = |at: usize| (4 * at..4 * at + 4).map(digit).collect::<String>();
        Self((0..RECOVERY_LENGTH / 4).map(group).collect::<Vec<_>>().join("-"))
    }

    /// Returns the code as its owner keeps it. Never log or store it.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Returns the hash that is stored. A plain SHA-256 is sufficient, since 80 random bits cannot be guessed.
    fn hash(&self) -> String {
        let text = self.0.chars().filter(|character| character.is_ascii_alphanumeric());
        let text: String = text
            .map(|character| match character.to_ascii_uppercase() {
                'I' | 'L' => '1',
                'O' => '0',
                other => other,
            })
            .collect();
        URL_SAFE_NO_PAD.encode(&Sha256::digest(text.as_bytes())[..16])
    }
}

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode")
    }
}

/// Second factor that a request shows.
#[derive(Clone, Debug)]
pub enum SecondFactor {
    /// Code of the authenticator app.
    Totp(TotpCode),
    /// Recovery code, for an owner without the app.
    Recovery(RecoveryCode),
}

impl SecondFactor {
    /// Returns the factor of a request with these members. The code of the app counts if both are there.
    pub fn of(code: Option<TotpCode>, recovery: Option<RecoveryCode>) -> Option<Self> {
        code.map(Self::Totp).or(recovery.map(Self::Recovery))
    }
}

/// Authenticator app of an account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Authenticator {
    /// Shared secret, sealed under a server key.
    pub sealed_secret: String,
    /// Time of the enrolment, in UTC.
    #[serde(with = "millis")]
    pub enrolled_at: Timestamp,
    /// Time at which the owner confirmed the app with a code, in UTC; `None` before. Sign-ins require codes from then
    /// on.
    #[serde(with = "millis::option", default, skip_serializing_if = "Option::is_none")]
    pub confirmed_at: Option<Timestamp>,
    /// Newest 30-second step since 1970 of which a code was accepted. Codes up to it are over.
    #[serde(default)]
    last_step: u64,
    /// Random number of the request that used the last code.
    #[serde(default, skip_serializing_if = "Nonce::is_none")]
    last_used_by: Nonce,
    /// Hashes of the recovery codes that are left.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    recovery_hashes: Vec<String>,
}

impl Account {
    /// Returns whether sign-ins to the account require a second factor.
    pub fn has_totp(&self) -> bool {
        self.authenticator().is_some_and(|app| app.confirmed_at.is_some())
    }

    /// Returns the authenticator app, confirmed or not; `None` when none is enrolled and for a closed account.
    pub fn authenticator(&self) -> Option<&Authenticator> {
        self.person.as_ref().and_then(|person| person.authenticator.as_ref())
    }

    /// Returns the next version of the account, with an app that its owner has yet to confirm. It replaces one that
    /// was never confirmed.
    ///
    /// # Errors
    /// `CONFLICT` if the account has an app already; `FORBIDDEN` if it is not active.
    pub fn with_totp_enrolled(&self, sealed_secret: &str, now: Timestamp) -> Result<Self> {
        self.check_active()?;
        if self.has_totp() {
            return Err(Error::refused(
                Code::Conflict,
                "This account has an authenticator app; remove it with DELETE /users/me/totp before you enrol another.",
            ));
        }
        Ok(self.with_authenticator(Some(Authenticator {
            sealed_secret: sealed_secret.to_owned(),
            enrolled_at: now,
            confirmed_at: None,
            last_step: 0,
            last_used_by: Nonce::NONE,
            recovery_hashes: Vec::new(),
        })))
    }

    /// Returns the next version of the account, of which `code` confirms the app with the opened `secret`. The epoch
    /// rises, so every session ends, and the next sign-in takes a code.
    ///
    /// # Errors
    /// `CONFLICT` if no app waits for its confirmation; `TOTP_WRONG`, `TOTP_CLOCK_OFF`; `FORBIDDEN` if the account is
    /// not active.
    pub fn with_totp_confirmed(
        &self,
        secret: &TotpSecret,
        code: &TotpCode,
        recovery: &[RecoveryCode],
        now: Timestamp,
        by: Nonce,
    ) -> Result<Self> {
        self.check_active()?;
        let waiting = self.authenticator().filter(|app| app.confirmed_at.is_none()).ok_or_else(|| {
            let text = "No authenticator app waits for its confirmation; enrol one with POST /users/me/totp.";
            Error::refused(Code::Conflict, text)
        })?;
        let confirmed = Authenticator {
            last_step: secret.step(code, now)?,
            last_used_by: by,
            confirmed_at: Some(now),
            recovery_hashes: recovery.iter().map(RecoveryCode::hash).collect(),
            ..waiting.clone()
        };
        Ok(Self { epoch: self.epoch + 1, ..self.with_authenticator(Some(confirmed)) })
    }

    /// Returns the next version of the account, in which `factor` is used. The version that the request `by` has
    /// written itself is returned as it is.
    ///
    /// # Errors
    /// `TOTP_USED` for a code that is not later than the last accepted one; `TOTP_WRONG`, also for a recovery code that
    /// was used; `TOTP_CLOCK_OFF`.
    pub fn with_second_factor(
        &self,
        secret: &TotpSecret,
        factor: &SecondFactor,
        now: Timestamp,
        by: Nonce,
    ) -> Result<Self> {
        let app = self.authenticator().ok_or_else(wrong)?;
        if app.last_used_by == by {
            return Ok(self.clone());
        }
        let mut next = Authenticator { last_used_by: by, ..app.clone() };
        match factor {
            SecondFactor::Totp(code) => {
                next.last_step = secret.step(code, now)?;
                if next.last_step <= app.last_step {
                    return Err(Error::refused(
                        Code::TotpUsed,
                        "This code was used; wait until the authenticator app shows the next one.",
                    ));
                }
            }
            SecondFactor::Recovery(code) => {
                let hash = code.hash();
                next.recovery_hashes.retain(|known| *known != hash);
                if next.recovery_hashes.len() == app.recovery_hashes.len() {
                    return Err(wrong());
                }
            }
        }
        Ok(self.with_authenticator(Some(next)))
    }

    /// Returns the next version of the account, without an app. The epoch rises, so every session ends.
    #[must_use]
    pub fn without_totp(&self) -> Self {
        Self { epoch: self.epoch + 1, ..self.with_authenticator(None) }
    }

    fn with_authenticator(&self, authenticator: Option<Authenticator>) -> Self {
        let mut next = self.clone();
        if let Some(person) = next.person.as_mut() {
            person.authenticator = authenticator;
        }
        self.succeeded_by(next)
    }
}

/// Checks that the roles of an access token may be used, where staff must sign in with an authenticator app.
/// `has_totp` says whether the token was issued to an account with an app.
///
/// # Errors
/// `TOTP_ENROLMENT_REQUIRED` for staff without one.
pub fn check_staff_totp(roles: &Roles, has_totp: bool) -> Result<()> {
    if has_totp || !is_staff(roles) {
        return Ok(());
    }
    Err(Error::refused(
        Code::TotpEnrolmentRequired,
        "Staff need an authenticator app here: enrol one with POST /users/me/totp, confirm it with \
         POST /users/me/totp/confirm, and sign in again with one of its codes.",
    ))
}

/// Builds the error `TOTP_REQUIRED`, for a sign-in without a second factor to an account that requires one.
pub fn totp_required() -> Error {
    Error::refused(
        Code::TotpRequired,
        "This account has an authenticator app: send its present code as `totp_code`, or an unused `recovery_code`.",
    )
}

#[cfg(test)]
mod tests;
