//! Response types for accounts and their audit.

use domain::Timestamp;
use domain::accounts::{
    Account, AccountAudit, AccountChangeKind, AccountState, AccountStatus, Email, EmailTokenKind, InviteCode,
    Name, Person, Phone, Roles, Session, SessionClient,
};
use domain::ids::{SessionId, UserId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// User account. After it is closed, `email`, `name`, `phone` and `invite_code` are null.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "User")]
pub struct UserView {
    /// Id of the account.
    id: UserId,
    /// E-mail address of the account; null for a closed one.
    email: Option<Email>,
    /// Whether the owner has confirmed the e-mail address with the token of a mail. An account that was registered
    /// before dibs sent such mails counts as confirmed, and a closed one does not.
    email_confirmed: bool,
    /// Whether each sign-in takes a code of an authenticator app.
    totp_enabled: bool,
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
        let (email_confirmed, totp_enabled) = (account.is_email_confirmed(), account.has_totp());
        let (email, name, phone, invite_code) = match account.person {
            Some(Person { email, name, phone, invite_code, .. }) => {
                (Some(email), Some(name), phone, Some(invite_code))
            }
            None => (None, None, None, None),
        };
        Self {
            id: account.id,
            email,
            email_confirmed,
            totp_enabled,
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

/// Address to send a mail with a token to.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AccountMailRequest")]
pub struct MailRequest {
    /// E-mail address of the account, in upper or lower case.
    pub email: Email,
}

/// Answer to every request for a mail with a token, whether an account has the address or not.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "AccountMailRequested")]
pub struct MailRequested {
    /// Lifetime of the token in the mail, in minutes.
    valid_minutes: i64,
}

impl MailRequested {
    /// Returns the answer to a request for a mail of this kind.
    pub fn of(kind: EmailTokenKind) -> Self {
        Self { valid_minutes: kind.seconds() / 60 }
    }
}

/// Open session of an account: a sign-in on one client.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "UserSession")]
pub struct SessionView {
    /// Id of the session, to end it by.
    id: SessionId,
    /// Whether the access token of this request belongs to the session.
    current: bool,
    /// Time of the sign-in, in UTC.
    created_at: Timestamp,
    /// Time of the latest refresh, in UTC; that of the sign-in before the first one.
    last_used_at: Timestamp,
    /// Time at which the session ends unless it is refreshed, in UTC.
    expires_at: Timestamp,
    /// Browser and system at the sign-in, such as `Firefox on Windows`; null when neither is known.
    user_agent: Option<String>,
    /// Region of the network at the sign-in, as a prefix that is too wide to name a household, such as
    /// `203.0.0.0/16`; null when it is not known.
    network: Option<String>,
}

impl SessionView {
    /// Returns what the owner sees of a session, in a request of the session `current`.
    pub fn of(session: Session, current: Option<&SessionId>) -> Self {
        let last_used_at = session.last_used_at();
        let SessionClient { agent, network } = session.client.unwrap_or_default();
        Self {
            current: current == Some(&session.id),
            id: session.id,
            created_at: session.created_at,
            last_used_at,
            expires_at: session.expires_at,
            user_agent: agent,
            network,
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
    /// Reason of a change that was made from an operator's shell; null for all others.
    reason: Option<String>,
}

impl From<AccountAudit> for AuditView {
    fn from(audit: AccountAudit) -> Self {
        let AccountAudit { version, at, actor, kind: change, before, after, reason, .. } = audit;
        Self { version, at, actor, change, before, after, reason }
    }
}
