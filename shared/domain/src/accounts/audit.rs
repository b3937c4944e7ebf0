//! The audit of an account: who changed what of its roles, status and sign-in, and when. It says nothing personal, so
//! that it outlives the person.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Account, Roles, Status};
use crate::Timestamp;
use crate::ids::UserId;
use crate::time::millis;

/// Kind of a change of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum AccountChangeKind {
    /// The account was registered.
    Registered,
    /// Its roles were replaced.
    RolesChanged,
    /// It was banned, set aside, or made active again.
    StatusChanged,
    /// Its owner chose another password.
    PasswordChanged,
    /// Its owner closed it.
    Closed,
}

impl AccountChangeKind {
    /// Returns the kind's name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Registered => "registered",
            Self::RolesChanged => "roles_changed",
            Self::StatusChanged => "status_changed",
            Self::PasswordChanged => "password_changed",
            Self::Closed => "closed",
        }
    }
}

/// What an account may do, before or after a change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct AccountState {
    /// Its roles.
    pub roles: Roles,
    /// Its status.
    pub status: Status,
}

/// One change of an account. It never changes itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountAudit {
    /// Account that changed.
    pub user_id: UserId,
    /// Version that the change made; unique and rising within an account.
    pub version: u64,
    /// Time of the change.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Account that made the change: an administrator's, or its own.
    pub actor: UserId,
    /// Kind of the change.
    pub kind: AccountChangeKind,
    /// State before; none for a new account.
    #[serde(default)]
    pub before: Option<AccountState>,
    /// State after.
    pub after: AccountState,
}

impl AccountAudit {
    /// Returns the audit entry of the change from `before` to `after` by `actor`. There is none when roles, status and
    /// password stay as they were.
    pub fn between(before: Option<&Account>, after: &Account, actor: &UserId, at: Timestamp) -> Option<Self> {
        let kind = match before {
            None => AccountChangeKind::Registered,
            Some(before) if before.status != after.status && after.status == Status::Closed => {
                AccountChangeKind::Closed
            }
            Some(before) if before.status != after.status => AccountChangeKind::StatusChanged,
            Some(before) if before.roles != after.roles => AccountChangeKind::RolesChanged,
            Some(before) if before.epoch != after.epoch => AccountChangeKind::PasswordChanged,
            Some(_) => return None,
        };
        let state = |account: &Account| AccountState { roles: account.roles.clone(), status: account.status };
        Some(Self {
            user_id: after.id.clone(),
            version: after.version,
            at,
            actor: actor.clone(),
            kind,
            before: before.map(state),
            after: state(after),
        })
    }
}
