//! List of active administrators. Every change of an administrator writes this one item, so at least one
//! remains.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Account, AccountStatus, Role};
use crate::ids::UserId;
use crate::{Code, Error};

/// Known active accounts with the role ADMIN. An account that predates this list, or was created without the
/// API, joins it with its first change of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Administrators {
    /// Ids of the administrators' accounts.
    pub ids: BTreeSet<UserId>,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
}

impl Administrators {
    /// Returns the next version, with `id` if `is_one` is true and without it otherwise.
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

/// Returns the error `LAST_ADMINISTRATOR`, for a change that would leave no administrator.
pub fn last_administrator() -> Error {
    Error::refused(
        Code::LastAdministrator,
        "This is the last active administrator; give the role ADMIN to another account first \
         (PUT /auth/users/{id}/roles, which also makes an administrator known who was made beside the API).",
    )
}
