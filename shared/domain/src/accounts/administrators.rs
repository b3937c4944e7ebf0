//! The administrators: one item that every change of them goes through, so that there is always one.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{Account, Role, Status};
use crate::ids::UserId;
use crate::{Code, Error};

/// The active accounts that hold the role ADMIN, as far as they are known: one that was made before this list, or
/// beside the API, joins it with its first change of an account.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Administrators {
    /// Their accounts.
    pub ids: BTreeSet<UserId>,
    /// One more with every write.
    pub version: u64,
}

impl Administrators {
    /// Returns the next version: with `id` when it `is_one`, else without it.
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
    /// Tells whether this is an active account with the role ADMIN.
    pub fn is_active_administrator(&self) -> bool {
        self.status == Status::Active && self.roles.contains(&Role::Admin)
    }
}

/// Returns the refusal of a change after which there would be no administrator.
pub fn last_administrator() -> Error {
    Error::refused(
        Code::LastAdministrator,
        "This is the last active administrator; give the role ADMIN to another account first \
         (PUT /auth/users/{id}/roles, which also makes an administrator known who was made beside the API).",
    )
}
