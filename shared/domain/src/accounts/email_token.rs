//! Single-use tokens that are sent by mail: they confirm the address of an account, or allow a new password.
//!
//! The secret of a token is derived from a server key, the account and the token's number. Whoever has the key can
//! therefore make the mail at any time, and only a hash is stored.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Account, PasswordHash};
use crate::ids::{Nonce, UserId};
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

const SECRET_LENGTH: usize = 43;

/// Use of a token that is sent by mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EmailTokenKind {
    /// Confirms the address of the account.
    Confirmation,
    /// Allows a new password.
    PasswordReset,
}

impl EmailTokenKind {
    /// All kinds of tokens.
    pub const ALL: [Self; 2] = [Self::Confirmation, Self::PasswordReset];

    /// Returns the lifetime of a token, in seconds: 24 hours for a confirmation, one hour for a password.
    pub const fn seconds(self) -> i64 {
        match self {
            Self::Confirmation => 24 * 60 * 60,
            Self::PasswordReset => 60 * 60,
        }
    }

    /// Returns the operation by which the owner gets another token.
    const fn way_out(self) -> &'static str {
        match self {
            Self::Confirmation => "ask for another mail with POST /auth/email/resend",
            Self::PasswordReset => "ask for another mail with POST /auth/password/forgot",
        }
    }
}

/// Token as the mail contains it: `<account id>.<number>.<secret>` with a secret of 256 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct EmailToken {
    /// Account that the token was issued for.
    pub user_id: UserId,
    number: u32,
    secret: String,
}

impl EmailToken {
    /// Creates the `number`th token of the account from 256 secret bits.
    pub fn new(user_id: UserId, number: u32, secret: &[u8; 32]) -> Self {
        Self { user_id, number, secret: URL_SAFE_NO_PAD.encode(secret) }
    }

    /// Parses the text of a mail.
    ///
    /// # Errors
    /// `EMAIL_TOKEN_INVALID` if it does not have the form of a token.
    pub fn parse(text: &str) -> Result<Self> {
        let parsed = || {
            let (rest, secret) = text.trim().rsplit_once('.')?;
            let (user, number) = rest.rsplit_once('.')?;
            let fits = secret.len() == SECRET_LENGTH
                && secret.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'));
            let is_written_so = |parsed: &u32| *parsed > 0 && parsed.to_string() == number;
            let number = number.parse().ok().filter(is_written_so).filter(|_| fits)?;
            Some(Self { user_id: UserId::parse(user)?, number, secret: secret.to_owned() })
        };
        parsed().ok_or_else(invalid)
    }

    /// Returns the token as text for the mail. Never log or store it.
    pub fn expose(&self) -> String {
        format!("{}.{}.{}", self.user_id, self.number, self.secret)
    }

    /// Returns the hash that is stored. A plain SHA-256 is sufficient, since 256 secret bits cannot be guessed.
    fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.secret.as_bytes()))
    }
}

impl fmt::Debug for EmailToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EmailToken({}.{})", self.user_id, self.number)
    }
}

/// Newest token of one kind that an account has issued. An earlier one is superseded by it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedEmailToken {
    /// Number of the token among those of its kind and account, from 1.
    pub number: u32,
    /// Time of issue, in UTC. Its lifetime begins here.
    #[serde(with = "millis")]
    pub issued_at: Timestamp,
    /// SHA-256 hash of the secret.
    hash: String,
    /// Time of its use, in UTC; `None` while it is unused.
    #[serde(with = "millis::option", default, skip_serializing_if = "Option::is_none")]
    pub used_at: Option<Timestamp>,
    /// Random number of the request that used it.
    #[serde(default, skip_serializing_if = "Nonce::is_none")]
    used_by: Nonce,
}

impl IssuedEmailToken {
    /// Returns the stored form of `token`, unused.
    pub fn of(token: &EmailToken, now: Timestamp) -> Self {
        Self { number: token.number, issued_at: now, hash: token.hash(), used_at: None, used_by: Nonce::NONE }
    }

    /// Returns `true` if `token` is this one.
    pub fn is_of(&self, token: &EmailToken) -> bool {
        self.number == token.number && self.hash == token.hash()
    }

    /// Checks that `token` is this one, unused and in its lifetime at `now`.
    fn check(&self, kind: EmailTokenKind, token: &EmailToken, now: Timestamp) -> Result<()> {
        let way_out = kind.way_out();
        if token.number < self.number {
            let text =
                format!("A later mail has replaced this token: use that of the newest mail, or {way_out}.");
            return Err(Error::refused(Code::EmailTokenSuperseded, text));
        }
        // Comparing hashes makes the timing independent of the secret.
        if !self.is_of(token) {
            return Err(invalid());
        }
        if self.used_at.is_some() {
            let text = match kind {
                EmailTokenKind::Confirmation => {
                    "This token was used: the address is confirmed already.".to_owned()
                }
                EmailTokenKind::PasswordReset => {
                    format!(
                        "This token was used: sign in with the password that was set with it, or {way_out}."
                    )
                }
            };
            return Err(Error::refused(Code::EmailTokenUsed, text));
        }
        if self.issued_at.plus_seconds(kind.seconds()) <= now {
            let text = format!("This token has expired: {way_out}.");
            return Err(Error::refused(Code::EmailTokenExpired, text));
        }
        Ok(())
    }

    fn used(&self, now: Timestamp, by: Nonce) -> Self {
        Self { used_at: Some(now), used_by: by, ..self.clone() }
    }
}

/// Builds the error `EMAIL_TOKEN_INVALID`, for a text that is no token of an account that exists.
pub fn invalid() -> Error {
    Error::refused(
        Code::EmailTokenInvalid,
        "This is not a token that was mailed to the owner of an account; copy it whole from the newest mail.",
    )
}

/// New password that a token from a mail sets.
#[derive(Clone, Debug)]
pub struct NewPassword {
    /// Hash of the password.
    pub hash: PasswordHash,
    /// Whether the password is long enough for staff.
    pub is_long_enough_for_staff: bool,
}

impl Account {
    /// Returns whether the owner has confirmed the e-mail address. An account that an earlier version of dibs
    /// registered, which sent no mail, counts as confirmed; a closed one does not.
    pub fn is_email_confirmed(&self) -> bool {
        self.person
            .as_ref()
            .is_some_and(|person| person.confirmation.as_ref().is_none_or(|token| token.used_at.is_some()))
    }

    /// Returns the newest token of this kind, or `None` if the account never issued one.
    pub fn email_token(&self, kind: EmailTokenKind) -> Option<&IssuedEmailToken> {
        let person = self.person.as_ref()?;
        match kind {
            EmailTokenKind::Confirmation => person.confirmation.as_ref(),
            EmailTokenKind::PasswordReset => person.password_reset.as_ref(),
        }
    }

    /// Returns the number of the next token of this kind.
    pub fn next_email_token_number(&self, kind: EmailTokenKind) -> u32 {
        self.email_token(kind).map_or(1, |token| token.number + 1)
    }

    /// Returns whether a request for a mail of this kind leads to one: the account is active, and, for a
    /// confirmation, its address is not confirmed yet.
    pub fn may_issue_email_token(&self, kind: EmailTokenKind) -> bool {
        self.check_active().is_ok() && (kind == EmailTokenKind::PasswordReset || !self.is_email_confirmed())
    }

    /// Returns the next version of the account, in which `token` supersedes earlier ones of its kind.
    ///
    /// # Errors
    /// `CONFLICT` if the account is closed.
    pub fn with_email_token(&self, kind: EmailTokenKind, token: &EmailToken, now: Timestamp) -> Result<Self> {
        self.person()?;
        let mut next = self.clone();
        if let Some(person) = next.person.as_mut() {
            let issued = Some(IssuedEmailToken::of(token, now));
            match kind {
                EmailTokenKind::Confirmation => person.confirmation = issued,
                EmailTokenKind::PasswordReset => person.password_reset = issued,
            }
        }
        Ok(self.succeeded_by(next))
    }

    /// Checks that `token` may be used for this account at `now`.
    ///
    /// # Errors
    /// `EMAIL_TOKEN_INVALID` if the account is closed or never issued the token; `EMAIL_TOKEN_SUPERSEDED`,
    /// `EMAIL_TOKEN_USED` or `EMAIL_TOKEN_EXPIRED` if it did; `FORBIDDEN` if the account is inactive or banned.
    pub fn check_email_token(&self, kind: EmailTokenKind, token: &EmailToken, now: Timestamp) -> Result<()> {
        let issued = self.email_token(kind).filter(|_| self.id == token.user_id).ok_or_else(invalid)?;
        issued.check(kind, token, now)?;
        self.check_active()
    }

    /// Returns the next version of the account, in which `token` is used and the address confirmed. `by` is the
    /// random number of the request, by which a repeat of the same write recognizes it.
    ///
    /// # Errors
    /// Any error of [`Self::check_email_token`].
    pub fn with_email_confirmed(&self, token: &EmailToken, now: Timestamp, by: Nonce) -> Result<Self> {
        self.check_email_token(EmailTokenKind::Confirmation, token, now)?;
        let mut next = self.clone();
        if let Some(person) = next.person.as_mut() {
            person.confirmation = person.confirmation.as_ref().map(|issued| issued.used(now, by));
        }
        Ok(self.succeeded_by(next))
    }

    /// Returns the next version of the account, in which `token` is used and `password` is set. The epoch rises,
    /// so every session ends. The address counts as confirmed, since the mail has reached the owner.
    ///
    /// # Errors
    /// Any error of [`Self::check_email_token`].
    pub fn with_password_reset(
        &self,
        token: &EmailToken,
        password: &NewPassword,
        now: Timestamp,
        by: Nonce,
    ) -> Result<Self> {
        self.check_email_token(EmailTokenKind::PasswordReset, token, now)?;
        let mut next = self.clone();
        if let Some(person) = next.person.as_mut() {
            person.password_reset = person.password_reset.as_ref().map(|issued| issued.used(now, by));
            let pending = person.confirmation.as_ref().filter(|issued| issued.used_at.is_none());
            if let Some(used) = pending.map(|issued| issued.used(now, by)) {
                person.confirmation = Some(used);
            }
            person.set_password(password.hash.clone(), Some(password.is_long_enough_for_staff));
        }
        next.epoch += 1;
        Ok(self.succeeded_by(next))
    }
}

#[cfg(test)]
mod tests;
