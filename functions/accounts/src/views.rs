//! Response types for accounts and their audit.

use domain::Timestamp;
use domain::accounts::{
    Account, AccountAudit, AccountChangeKind, AccountState, AccountStatus, Email, InviteCode, Name, Person,
    Phone, Roles,
};
use domain::ids::UserId;
use schemars::JsonSchema;
use serde::Serialize;

/// User account. After it is closed, `email`, `name`, `phone` and `invite_code` are null.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "User")]
pub struct UserView {
    /// Id of the account.
    id: UserId,
    /// E-mail address of the account; null for a closed one.
    email: Option<Email>,
    /// Name of the person; null for a closed account.
    name: Option<Name>,
    /// Korean mobile number of the person; null when none is known and for a closed account.
    phone: Option<Phone>,
    /// All roles of the account; they decide which operations it may call.
    roles: Roles,
    /// Present status of the account. Only an `active` account can sign in.
    status: AccountStatus,
    /// Code that the user gives to others, who send it when they register. Null for a closed account.
    invite_code: Option<InviteCode>,
    /// Time of the registration, in UTC.
    created_at: Timestamp,
    /// Time of the latest sign-in, in UTC; null when there was none.
    last_login_at: Option<Timestamp>,
}

impl From<Account> for UserView {
    fn from(account: Account) -> Self {
        let (email, name, phone, invite_code) = match account.person {
            Some(Person { email, name, phone, invite_code, .. }) => {
                (Some(email), Some(name), phone, Some(invite_code))
            }
            None => (None, None, None, None),
        };
        Self {
            id: account.id,
            email,
            name,
            phone,
            roles: account.roles,
            status: account.status,
            invite_code,
            created_at: account.created_at,
            last_login_at: account.last_login_at,
        }
    }
}

/// One change of an account, as recorded in its audit.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UserAudit")]
pub struct AuditView {
    /// Version of the account that the change produced.
    version: u64,
    /// Time of the change, in UTC.
    at: Timestamp,
    /// Id of the account that made the change: an administrator's, or the account's own.
    actor: UserId,
    /// Kind of the change, for example of the roles or of the password.
    change: AccountChangeKind,
    /// Roles and status before the change; null for a new account.
    before: Option<AccountState>,
    /// Roles and status after the change.
    after: AccountState,
}

impl From<AccountAudit> for AuditView {
    fn from(audit: AccountAudit) -> Self {
        let AccountAudit { version, at, actor, kind: change, before, after, .. } = audit;
        Self { version, at, actor, change, before, after }
    }
}
