//! Accounts: identity, roles, status, password and personal data of a user.

mod administrators;
mod audit;
mod client;
mod email_token;
mod fields;
mod former;
mod presence;
mod quota;
mod revocation;
mod session;
mod staff;
#[cfg(test)]
mod tests;
mod throttle;
mod totp;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::AsRefStr;

use crate::ids::UserId;
use crate::patch::apply;
use crate::time::millis;
use crate::trail::Trail;
use crate::{Code, Error, Patch, Result, Timestamp};

pub use administrators::{Administrators, last_administrator};
pub use audit::{AccountAudit, AccountChangeKind, AccountState, operator_shell};
pub use client::SessionClient;
pub use email_token::{
    EmailToken, EmailTokenKind, IssuedEmailToken, NewPassword, invalid as invalid_email_token,
};
pub use fields::{Email, InviteCode, Name, NewName, Password, PasswordHash, Phone};
pub use former::{EmailHash, FORMER_MAX, FormerAccount, KnownEmail};
pub use quota::{Quota, QuotaDecision, QuotaUsage};
pub use revocation::{REVOCATION_SECONDS, Revocation};
pub use session::{
    GRACE_SECONDS, ROTATION_SECONDS_MIN, RefreshToken, SESSION_SECONDS, SESSION_SECONDS_MAX,
    SET_AGAIN_SECONDS_MAX, STAFF_SESSION_SECONDS_MAX, Session, TokenMatch,
};
pub use staff::{STAFF_PASSWORD_CHARS_MIN, is_staff};
pub use throttle::{Network, Throttle, ThrottleSubject};
pub use totp::{
    Authenticator, RECOVERY_CODES, RecoveryCode, SecondFactor, TotpCode, TotpSecret, check_staff_totp,
    totp_required,
};

/// Permission that an account has.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema, AsRefStr,
)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
#[strum(serialize_all = "UPPERCASE")]
pub enum Role {
    /// Claims rewards, waits in waiting rooms, holds seats and buys.
    User,
    /// Creates and updates events, concerts, products and deals, and reviews requests.
    Operator,
    /// Reads everything and changes nothing.
    Auditor,
    /// Has all permissions, including the administration of accounts.
    Admin,
}

/// Set of roles of one account.
pub type Roles = BTreeSet<Role>;

/// Status of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum AccountStatus {
    /// Usable: its owner may sign in.
    Active,
    /// Deactivated by an administrator.
    Inactive,
    /// Banned by an administrator. Its e-mail address cannot register again.
    Banned,
    /// Closed by its owner, permanently. The personal data is erased.
    Closed,
}

/// Account of a user. Personal data is kept in one field, so closing the account erases all of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Id of the user, who is the account.
    pub id: UserId,
    /// Personal data. `None` once the account is closed.
    #[serde(default)]
    pub person: Option<Person>,
    /// Roles that the account holds now.
    pub roles: Roles,
    /// Status of the account; only an active one can sign in.
    pub status: AccountStatus,
    /// Account whose invite code was used at registration.
    #[serde(default)]
    pub invited_by: Option<UserId>,
    /// Time of registration, in UTC.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Time of the last sign-in with the password.
    #[serde(with = "millis::option", default)]
    pub last_login_at: Option<Timestamp>,
    /// Time of the last recorded session refresh, in UTC. A refresh is recorded at most once in a quarter
    /// of an hour.
    #[serde(with = "millis::option", default)]
    pub last_seen_at: Option<Timestamp>,
    /// Closed accounts of the same e-mail address. Their claims count against the limits of this account.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<FormerAccount>,
    /// Number that rises by one when the password or the status changes, a role is removed, or the account
    /// is closed. Sessions and access tokens of a lower epoch are invalid.
    pub epoch: u32,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
    /// Head of the chain of audit entries.
    #[serde(default, skip_serializing_if = "Trail::is_empty")]
    pub trail: Trail,
}

/// Personal data of an account, erased when the account is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// E-mail address as entered. [`Email::key`] is the unique form.
    pub email: Email,
    /// Display name of the owner.
    pub name: Name,
    /// Mobile phone number, optional.
    #[serde(default)]
    pub phone: Option<Phone>,
    /// Hash of the present password, in PHC string format.
    pub password_hash: PasswordHash,
    /// Whether the password is long enough for staff. `None` for a password that an earlier version of
    /// dibs hashed.
    #[serde(default)]
    pub has_staff_password: Option<bool>,
    /// Invite code that the owner can share.
    pub invite_code: InviteCode,
    /// Newest token that confirms the address. `None` in an account that an earlier version of dibs registered,
    /// whose address counts as confirmed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<IssuedEmailToken>,
    /// Newest token that allows a new password; `None` when the owner never asked for one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub password_reset: Option<IssuedEmailToken>,
    /// Authenticator app of the owner, confirmed or not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authenticator: Option<Authenticator>,
    /// Keyed hash of the e-mail address. `None` in an account that an earlier version of dibs wrote.
    #[serde(default)]
    pub email_hash: Option<EmailHash>,
    /// Request fingerprint of the registration, for idempotency checks; `None` without an
    /// `Idempotency-Key`. It does not cover the password, since an unsalted hash of it would be easier to
    /// guess than `password_hash`.
    #[serde(default, rename = "mark")]
    pub request_fingerprint: Option<String>,
    /// Hash of the password that the account was registered with, once the owner has changed the password;
    /// `None` before, and without `request_fingerprint`. A repeat of the registration must send that first
    /// password.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub registered_hash: Option<PasswordHash>,
}

/// Changes that an owner makes to their own account. An empty field leaves the value unchanged.
#[derive(Debug, Default)]
pub struct AccountChanges {
    /// New display name of the owner.
    pub name: Patch<Name>,
    /// New phone number. `Some(None)` removes it.
    pub phone: Patch<Option<Phone>>,
    /// Hash of the new password. A new password ends every session.
    pub password_hash: Patch<PasswordHash>,
    /// Whether the new password is long enough for staff.
    pub has_staff_password: Patch<bool>,
}

impl Person {
    /// Replaces the password by one with this hash. A repeat of the registration must still send the first one.
    fn set_password(&mut self, hash: PasswordHash, has_staff_password: Option<bool>) {
        let before = std::mem::replace(&mut self.password_hash, hash);
        if self.request_fingerprint.is_some() && self.registered_hash.is_none() {
            self.registered_hash = Some(before);
        }
        self.has_staff_password = has_staff_password;
    }
}

impl Account {
    /// Creates an active account with epoch 1 and version 1.
    pub fn register(
        id: UserId,
        person: Person,
        roles: Roles,
        invited_by: Option<UserId>,
        now: Timestamp,
    ) -> Self {
        Self {
            trail: Trail::default(),
            id,
            person: Some(person),
            roles,
            status: AccountStatus::Active,
            invited_by,
            created_at: now,
            last_login_at: None,
            last_seen_at: None,
            former: Vec::new(),
            epoch: 1,
            version: 1,
        }
    }

    /// Returns the personal data of the account.
    ///
    /// # Errors
    /// `CONFLICT` if the account is closed.
    pub fn person(&self) -> Result<&Person> {
        self.person.as_ref().ok_or_else(closed)
    }

    /// Checks that the owner may sign in and stay signed in.
    ///
    /// # Errors
    /// `FORBIDDEN` if the account is inactive, banned or closed.
    pub fn check_active(&self) -> Result<()> {
        let reason = match self.status {
            AccountStatus::Active => return Ok(()),
            AccountStatus::Inactive => "This account is inactive; an administrator can activate it.",
            AccountStatus::Banned => "This account is banned; contact the operator of the service.",
            AccountStatus::Closed => "This account is closed and cannot be used again.",
        };
        Err(Error::refused(Code::Forbidden, reason))
    }

    /// Returns the next version with the owner's changes, or the same version if nothing changes. A new
    /// password raises the epoch.
    ///
    /// # Errors
    /// Fails as [`Account::check_active`] does.
    pub fn changed(&self, changes: &AccountChanges) -> Result<Self> {
        self.check_active()?;
        let mut next = self.clone();
        let person = next.person.as_mut().ok_or_else(closed)?;
        apply!(changes => person; name phone);
        if let Some(hash) = &changes.password_hash.0 {
            person.set_password(hash.clone(), changes.has_staff_password.0);
            next.epoch += 1;
        }
        Ok(self.succeeded_by(next))
    }

    /// Returns the account with the password that it was registered with in place of the present one.
    #[must_use]
    pub fn as_registered(&self) -> Self {
        let mut registered = self.clone();
        if let Some(person) = registered.person.as_mut() {
            person.password_hash =
                person.registered_hash.take().unwrap_or_else(|| person.password_hash.clone());
        }
        registered
    }

    /// Returns the account with other roles. Removing a role raises the epoch. An added role is effective
    /// from the next access token.
    ///
    /// # Errors
    /// `CONFLICT` if the account is closed.
    pub fn with_roles(&self, roles: &Roles) -> Result<Self> {
        self.person()?;
        let epoch = if self.roles.is_subset(roles) { self.epoch } else { self.epoch + 1 };
        Ok(self.succeeded_by(Self { roles: roles.clone(), epoch, ..self.clone() }))
    }

    /// Returns the account with another status, set by the administrator `by`. A changed status raises the
    /// epoch and so ends every session.
    ///
    /// # Errors
    /// `CONFLICT` if the account is closed, if `status` is `Closed`, or if administrators would deactivate or
    /// ban themselves.
    pub fn with_status(&self, status: AccountStatus, by: &UserId) -> Result<Self> {
        self.person()?;
        if status == AccountStatus::Closed {
            return Err(Error::refused(
                Code::Conflict,
                "Only the owner can close an account; deactivate or ban it instead.",
            ));
        }
        if *by == self.id && status != AccountStatus::Active {
            return Err(Error::refused(
                Code::Conflict,
                "You cannot deactivate or ban your own account; another administrator can.",
            ));
        }
        let epoch = if status == self.status { self.epoch } else { self.epoch + 1 };
        Ok(self.succeeded_by(Self { status, epoch, ..self.clone() }))
    }

    /// Returns the account closed permanently, without personal data. Id, roles, times and inviter are kept
    /// for the audit.
    ///
    /// # Errors
    /// Fails as [`Account::check_active`] does, so a banned user cannot escape the ban by closing the
    /// account.
    pub fn closed(&self) -> Result<Self> {
        self.check_active()?;
        let epoch = self.epoch + 1;
        Ok(self.succeeded_by(Self { person: None, status: AccountStatus::Closed, epoch, ..self.clone() }))
    }

    /// Returns the closed accounts of the same e-mail address whose claims still count at `now`.
    pub fn former_ids(&self, now: Timestamp) -> Vec<UserId> {
        self.former.iter().filter(|former| former.until > now).map(|former| former.id.clone()).collect()
    }

    /// Returns the inviter if this account may count as an invitation: the account has an inviter, and none
    /// of its earlier accounts had the same one.
    pub fn counted_inviter(&self) -> Option<&UserId> {
        let inviter = self.invited_by.as_ref()?;
        let counted = self.former.iter().any(|former| former.invited_by.as_ref() == Some(inviter));
        (!counted).then_some(inviter)
    }

    fn succeeded_by(&self, next: Self) -> Self {
        if next == *self { next } else { Self { version: self.version + 1, ..next } }
    }
}

fn closed() -> Error {
    Error::refused(Code::Conflict, "This account is closed and cannot be used again.")
}
