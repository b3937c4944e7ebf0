//! Accounts: who somebody is and what they may do.

mod administrators;
mod audit;
mod fields;
mod former;
mod presence;
mod revocation;
mod session;
mod staff;
#[cfg(test)]
mod tests;
mod throttle;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::UserId;
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

pub use administrators::{Administrators, last_administrator};
pub use audit::{AccountAudit, AccountChangeKind, AccountState};
pub use fields::{Email, InviteCode, Name, NewName, Password, PasswordHash, Phone};
pub use former::{EmailHash, FORMER_MAX, FormerAccount, KnownEmail};
pub use revocation::{REVOCATION_SECONDS, Revocation};
pub use session::{
    GRACE_SECONDS, Presented, RefreshToken, SESSION_SECONDS, SESSION_SECONDS_MAX, STAFF_SESSION_SECONDS_MAX,
    Session,
};
pub use staff::STAFF_PASSWORD_CHARS_MIN;
pub use throttle::{Network, Quota, Room, Subject, Throttle, Used};

/// What an account may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(inline)]
pub enum Role {
    /// Claims, waits, holds and buys.
    User,
    /// Sets things up and reviews.
    Operator,
    /// Reads everything, changes nothing.
    Auditor,
    /// May do everything.
    Admin,
}

impl Role {
    /// The role's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::User => "USER",
            Self::Operator => "OPERATOR",
            Self::Auditor => "AUDITOR",
            Self::Admin => "ADMIN",
        }
    }
}

/// The roles of one account.
pub type Roles = BTreeSet<Role>;

/// Whether an account can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum Status {
    /// It can.
    Active,
    /// An administrator has set it aside.
    Inactive,
    /// An administrator has shut its owner out.
    Banned,
    /// Its owner has closed it: for good, and nothing personal is left of it.
    Closed,
}

/// An account. What is personal is apart, so that closing erases all of it, whatever is added later.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// Whose it is.
    pub id: UserId,
    /// The person behind it; none once it is closed.
    #[serde(default)]
    pub person: Option<Person>,
    /// What it may do.
    pub roles: Roles,
    /// Whether it can be used.
    pub status: Status,
    /// Whose invite code it was registered with.
    #[serde(default)]
    pub invited_by: Option<UserId>,
    /// When it was registered.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// When its owner last signed in with the password.
    #[serde(with = "millis::option", default)]
    pub last_login_at: Option<Timestamp>,
    /// When a refresh last recorded that the owner is there: at most once in each quarter of an hour.
    #[serde(with = "millis::option", default)]
    pub last_seen_at: Option<Timestamp>,
    /// Accounts that the same e-mail address had before: their claims count for this one.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub former: Vec<FormerAccount>,
    /// Raised when the password or the status changes, or a role is taken away: sessions and access tokens of an
    /// earlier epoch are over.
    pub epoch: u32,
    /// One more with every write.
    pub version: u64,
}

/// What is erased when an account is closed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// As they wrote it; [`Email::key`] is what is unique.
    pub email: Email,
    /// What to call them.
    pub name: Name,
    /// Where to call them.
    #[serde(default)]
    pub phone: Option<Phone>,
    /// What their password is checked against.
    pub password_hash: PasswordHash,
    /// Whether their password has the length that staff need; not known of a password that an older version hashed.
    #[serde(default)]
    pub has_staff_password: Option<bool>,
    /// What they give to those whom they invite.
    pub invite_code: InviteCode,
    /// Keyed hash of the e-mail; none in an account of the version before.
    #[serde(default)]
    pub email_hash: Option<EmailHash>,
    /// Stands for the registration without its password, when that had an `Idempotency-Key`. The password is
    /// left out, since a plain hash of it would undo what `password_hash` is for.
    #[serde(default)]
    pub mark: Option<String>,
}

/// What a person may change of their own account. `None` leaves things as they are.
#[derive(Debug, Default)]
pub struct Changes {
    /// A new name.
    pub name: Option<Name>,
    /// A new phone number, or none any more.
    pub phone: Option<Option<Phone>>,
    /// The hash of a new password; ends every session.
    pub password_hash: Option<PasswordHash>,
    /// Whether that password has the length that staff need.
    pub has_staff_password: Option<bool>,
}

impl Account {
    /// A new account.
    pub fn register(
        id: UserId,
        person: Person,
        roles: Roles,
        invited_by: Option<UserId>,
        now: Timestamp,
    ) -> Self {
        Self {
            id,
            person: Some(person),
            roles,
            status: Status::Active,
            invited_by,
            created_at: now,
            last_login_at: None,
            last_seen_at: None,
            former: Vec::new(),
            epoch: 1,
            version: 1,
        }
    }

    /// The person behind the account.
    ///
    /// # Errors
    /// `CONFLICT` when it is closed.
    pub fn person(&self) -> Result<&Person> {
        self.person.as_ref().ok_or_else(closed)
    }

    /// Whether its owner may sign in, or stay signed in.
    ///
    /// # Errors
    /// `FORBIDDEN` when it is inactive, banned or closed.
    pub fn check_active(&self) -> Result<()> {
        let reason = match self.status {
            Status::Active => return Ok(()),
            Status::Inactive => "This account is inactive.",
            Status::Banned => "This account is banned.",
            Status::Closed => "This account is closed.",
        };
        Err(Error::refused(Code::Forbidden, reason))
    }

    /// The account with these changes by its owner; the same version when they change nothing.
    ///
    /// # Errors
    /// As [`Account::check_active`].
    pub fn changed(&self, changes: &Changes) -> Result<Self> {
        self.check_active()?;
        let mut next = self.clone();
        let person = next.person.as_mut().ok_or_else(closed)?;
        if let Some(name) = &changes.name {
            person.name = name.clone();
        }
        if let Some(phone) = &changes.phone {
            person.phone = phone.clone();
        }
        if let Some(hash) = &changes.password_hash {
            person.password_hash = hash.clone();
            person.has_staff_password = changes.has_staff_password;
            next.epoch += 1;
        }
        Ok(self.succeeded_by(next))
    }

    /// Returns the account with other roles. Taking one away raises the epoch; a new one counts from the next access
    /// token on.
    ///
    /// # Errors
    /// `CONFLICT` when the account is closed.
    pub fn with_roles(&self, roles: &Roles) -> Result<Self> {
        self.person()?;
        let epoch = if self.roles.is_subset(roles) { self.epoch } else { self.epoch + 1 };
        Ok(self.succeeded_by(Self { roles: roles.clone(), epoch, ..self.clone() }))
    }

    /// Returns the account with another status, given by the administrator `by`. Ends every session.
    ///
    /// # Errors
    /// `CONFLICT` when the account is closed or would be by this, or when an administrator would shut
    /// themselves out.
    pub fn with_status(&self, status: Status, by: &UserId) -> Result<Self> {
        self.person()?;
        if status == Status::Closed {
            return Err(Error::refused(Code::Conflict, "Only its owner can close an account."));
        }
        if *by == self.id && status != Status::Active {
            return Err(Error::refused(Code::Conflict, "You cannot shut yourself out."));
        }
        let epoch = if status == self.status { self.epoch } else { self.epoch + 1 };
        Ok(self.succeeded_by(Self { status, epoch, ..self.clone() }))
    }

    /// Returns the account without the person: closed for good. Id, roles, times and who invited it stay for audit.
    ///
    /// # Errors
    /// As [`Account::check_active`]: a ban is not shaken off by closing.
    pub fn closed(&self) -> Result<Self> {
        self.check_active()?;
        let epoch = self.epoch + 1;
        Ok(self.succeeded_by(Self { person: None, status: Status::Closed, epoch, ..self.clone() }))
    }

    /// Returns the accounts that the same e-mail address had before and that still count at `now`.
    pub fn former_ids(&self, now: Timestamp) -> Vec<UserId> {
        self.former.iter().filter(|former| former.until > now).map(|former| former.id.clone()).collect()
    }

    /// Tells whether the account's registration counts as an invitation: it has an inviter, and no earlier account of
    /// the same e-mail address was invited by the same account.
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
    Error::refused(Code::Conflict, "This account is closed.")
}
