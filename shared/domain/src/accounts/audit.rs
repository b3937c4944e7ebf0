//! Audit of an account: changes of roles, status and password with actor and time. Entries contain no
//! personal data, so they outlive it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use strum::AsRefStr;

use super::{Account, AccountStatus, Roles};
use crate::Timestamp;
use crate::ids::UserId;
use crate::time::millis;
use crate::trail::{AuditAct, NotedAct};

/// Kind of an account change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema, AsRefStr)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
#[strum(serialize_all = "snake_case")]
pub enum AccountChangeKind {
    /// Registration of the account.
    Registered,
    /// Replacement of the roles.
    RolesChanged,
    /// Change of the status by an administrator.
    StatusChanged,
    /// Change of the password by the owner.
    PasswordChanged,
    /// Confirmation of an authenticator app by the owner: sign-ins take its codes from then on.
    TotpEnabled,
    /// Removal of the authenticator app by the owner.
    TotpDisabled,
    /// Closing of the account by the owner.
    Closed,
}

impl From<AccountChangeKind> for AuditAct {
    fn from(kind: AccountChangeKind) -> Self {
        match kind {
            AccountChangeKind::Registered => Self::Registered,
            AccountChangeKind::RolesChanged => Self::RolesChanged,
            AccountChangeKind::StatusChanged => Self::StatusChanged,
            AccountChangeKind::PasswordChanged => Self::PasswordChanged,
            AccountChangeKind::TotpEnabled => Self::TotpEnabled,
            AccountChangeKind::TotpDisabled => Self::TotpDisabled,
            AccountChangeKind::Closed => Self::Closed,
        }
    }
}

/// Roles and status of an account at one point in time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[schemars(inline)]
pub struct AccountState {
    /// Roles that the account has at that time.
    pub roles: Roles,
    /// Status that the account has at that time.
    pub status: AccountStatus,
}

/// Audit entry of one account change. Entries are never modified.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountAudit {
    /// Account that was changed.
    pub user_id: UserId,
    /// Version of the account after the change, which identifies the entry within the account.
    pub version: u64,
    /// Time of the change, in UTC.
    #[serde(with = "millis")]
    pub at: Timestamp,
    /// Account that made the change: an administrator or the owner.
    pub actor: UserId,
    /// Kind of the change.
    pub kind: AccountChangeKind,
    /// Roles and status before the change. `None` for a registration.
    #[serde(default)]
    pub before: Option<AccountState>,
    /// Roles and status after the change.
    pub after: AccountState,
    /// Reason of a change that was made from an operator's shell; `None` for all others.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Returns the id under which the audit names the shell of an operator of the deployment, which has no account.
pub fn operator_shell() -> UserId {
    UserId::new("operator-shell")
}

impl AccountAudit {
    /// Returns the audit entry of the change from `before` to `after`, or `None` if roles, status, password and
    /// authenticator app are the same.
    pub fn between(before: Option<&Account>, after: &Account, actor: &UserId, at: Timestamp) -> Option<Self> {
        let kind = match before {
            None => AccountChangeKind::Registered,
            Some(before) if before.status != after.status && after.status == AccountStatus::Closed => {
                AccountChangeKind::Closed
            }
            Some(before) if before.status != after.status => AccountChangeKind::StatusChanged,
            Some(before) if before.roles != after.roles => AccountChangeKind::RolesChanged,
            Some(before) if before.has_totp() != after.has_totp() => {
                if after.has_totp() {
                    AccountChangeKind::TotpEnabled
                } else {
                    AccountChangeKind::TotpDisabled
                }
            }
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
            reason: None,
        })
    }

    /// Returns `account`, the version after the change, with the change noted in its trail.
    pub fn noted_in(&self, account: &Account) -> Account {
        let mut noted = account.clone();
        noted.trail.note(NotedAct { what: self.kind.into(), actor: self.actor.clone(), at: self.at });
        noted
    }
}
