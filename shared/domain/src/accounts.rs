//! Accounts: who somebody is and what they may do.

mod fields;
mod presence;
mod session;
mod staff;
mod throttle;

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::ids::UserId;
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

pub use fields::{Email, InviteCode, Name, NewName, Password, PasswordHash, Phone};
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
    /// Raised when the password or the status changes: a session of an earlier epoch is over.
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

    /// The account with other roles, given by the administrator `by`. They count from the next access token
    /// on.
    ///
    /// # Errors
    /// `CONFLICT` when the account is closed, or when an administrator would stop being one by their own
    /// hand.
    pub fn with_roles(&self, roles: &Roles, by: &UserId) -> Result<Self> {
        self.person()?;
        if *by == self.id && self.roles.contains(&Role::Admin) && !roles.contains(&Role::Admin) {
            return Err(Error::refused(Code::Conflict, "You cannot take the role ADMIN from yourself."));
        }
        Ok(self.succeeded_by(Self { roles: roles.clone(), ..self.clone() }))
    }

    /// The account with another status, given by the administrator `by`. Ends every session.
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

    /// The account without the person: closed for good. Id, roles, times and who invited it stay for audit.
    #[must_use]
    pub fn closed(&self) -> Self {
        if self.status == Status::Closed {
            return self.clone();
        }
        let epoch = self.epoch + 1;
        self.succeeded_by(Self { person: None, status: Status::Closed, epoch, ..self.clone() })
    }

    fn succeeded_by(&self, next: Self) -> Self {
        if next == *self { next } else { Self { version: self.version + 1, ..next } }
    }
}

fn closed() -> Error {
    Error::refused(Code::Conflict, "This account is closed.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn account(id: &str, roles: &[Role]) -> Account {
        let person = Person {
            email: Email::parse("Kim@Example.com").unwrap(),
            name: Name::parse("Kim").unwrap(),
            phone: Phone::parse("010-1234-5678"),
            password_hash: PasswordHash::new("hash"),
            has_staff_password: None,
            invite_code: InviteCode::new(7),
            mark: Some("mark".to_owned()),
        };
        let roles = roles.iter().copied().collect();
        Account::register(UserId::new(id), person, roles, None, Timestamp::from_millis(1_000))
    }

    #[test]
    fn the_form_in_the_store_reads_back() {
        let account =
            Account { last_login_at: Some(Timestamp::from_millis(5)), ..account("a", &[Role::User]) };
        let stored = serde_json::to_value(&account).unwrap();
        assert_eq!(stored["roles"], serde_json::json!(["USER"]));
        assert_eq!(stored["last_login_at"], 5);
        assert_eq!(serde_json::from_value::<Account>(stored).unwrap(), account);
    }

    #[test]
    fn a_role_is_named_as_it_serialises() {
        for role in [Role::User, Role::Operator, Role::Auditor, Role::Admin] {
            assert_eq!(serde_json::json!(role), role.as_str());
        }
    }

    #[test]
    fn only_a_new_password_ends_the_sessions() {
        let before = account("a", &[Role::User]);
        let named = before.changed(&Changes { name: Name::parse("Lee"), ..Changes::default() }).unwrap();
        assert_eq!((named.epoch, named.version), (1, 2));
        let no_phone = before.changed(&Changes { phone: Some(None), ..Changes::default() }).unwrap();
        assert_eq!(no_phone.person().unwrap().phone, None);
        let hash = Some(PasswordHash::new("other"));
        let safer = before.changed(&Changes { password_hash: hash, ..Changes::default() }).unwrap();
        assert_eq!((safer.epoch, safer.version), (2, 2));
    }

    #[test]
    fn what_changes_nothing_is_no_new_version() {
        let before = account("a", &[Role::Admin]);
        let by = UserId::new("b");
        assert_eq!(before.changed(&Changes::default()).unwrap(), before);
        assert_eq!(before.with_roles(&before.roles, &by).unwrap(), before);
        assert_eq!(before.with_status(Status::Active, &by).unwrap(), before);
        assert_eq!(before.closed().closed(), before.closed());
    }

    #[test]
    fn administrators_cannot_shut_themselves_out() {
        let admin = account("a", &[Role::User, Role::Admin]);
        let (own, other) = (&admin.id, &UserId::new("b"));
        let fewer = Roles::from([Role::User]);
        assert_eq!(admin.with_roles(&fewer, own).unwrap_err().code, Code::Conflict);
        assert_eq!(admin.with_roles(&fewer, other).unwrap().roles, fewer);
        for status in [Status::Banned, Status::Inactive] {
            assert_eq!(admin.with_status(status, own).unwrap_err().code, Code::Conflict);
            assert_eq!(admin.with_status(status, other).unwrap().epoch, 2);
        }
        assert_eq!(admin.with_status(Status::Closed, other).unwrap_err().code, Code::Conflict);
    }

    #[test]
    fn closing_erases_the_person_and_is_for_good() {
        let closed = account("a", &[Role::User]).closed();
        let stored = serde_json::to_string(&closed).unwrap();
        for personal in ["Kim", "kim", "Example", "010", "hash", "mark"] {
            assert!(!stored.contains(personal), "{stored}");
        }
        assert_eq!((closed.epoch, closed.version), (2, 2));
        let by = UserId::new("b");
        assert_eq!(closed.with_status(Status::Active, &by).unwrap_err().code, Code::Conflict);
        assert_eq!(closed.with_roles(&Roles::new(), &by).unwrap_err().code, Code::Conflict);
        assert_eq!(closed.changed(&Changes::default()).unwrap_err().code, Code::Forbidden);
    }
}
