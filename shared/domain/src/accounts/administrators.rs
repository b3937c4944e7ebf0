//! List of active administrators. Every change of an administrator writes this one item, so at least one
//! remains.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Account, AccountStatus, Role};
use crate::ids::UserId;
use crate::{Code, Error};

/// Active accounts with the role ADMIN, as far as dibs has listed them. An administrator who was made
/// without the API, or by a version of dibs without this list, is added when they change who is an
/// administrator, or when an administrator sends a change of their account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Administrators {
    /// Ids of the administrators' accounts.
    pub ids: BTreeSet<UserId>,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
}

impl Administrators {
    /// Returns the next version of the list, which contains `id` if `is_one` is `true` and does not
    /// otherwise.
    #[must_use]
    pub fn with(&self, id: &UserId, is_one: bool) -> Self {
        let mut next = Self { version: self.version + 1, ..self.clone() };
        if is_one {
            next.ids.insert(id.clone());
        } else {
            next.ids.remove(id);
        }
        next
    }
}

impl Account {
    /// Returns `true` if the account is active and has the role ADMIN.
    pub fn is_active_administrator(&self) -> bool {
        self.status == AccountStatus::Active && self.roles.contains(&Role::Admin)
    }
}

/// Builds the error `LAST_ADMINISTRATOR`, for a change after which no active administrator would remain.
pub fn last_administrator() -> Error {
    Error::refused(
        Code::LastAdministrator,
        "This is the last active administrator; give the role ADMIN to another account first \
         (PUT /auth/users/{id}/roles, which also makes an administrator known who was made beside the API).",
    )
}
