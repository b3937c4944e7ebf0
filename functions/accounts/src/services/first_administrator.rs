//! First administrator of a deployment, made from an operator's shell.

use domain::accounts::{
    Account, Email, EmailToken, InviteCode, IssuedEmailToken, Name, Password, Person, Role,
};
use domain::ids::{UserId, fresh};
use domain::{BusyReason, Code, Error, Result, Timestamp};
use store::{Registered, Store, TryResult, retry};

use crate::services::{password_rules, passwords};

/// Administrator to create.
pub struct NewAdministrator {
    /// E-mail address of the account. It counts as confirmed, since the operator of the deployment gives it.
    pub email: Email,
    /// Name of the person.
    pub name: Name,
    /// Password of the account; `None` to issue a token with which its owner chooses one.
    pub password: Option<Password>,
    /// Reason to record in the audit of the account.
    pub reason: String,
    /// Whether to create the account although there are administrators.
    pub force: bool,
}

/// Created administrator.
pub struct CreatedAdministrator {
    /// Id of the account.
    pub id: UserId,
    /// Token for `POST /auth/password/reset`, which works once within an hour; `None` with a password.
    pub token: Option<EmailToken>,
}

/// Creates the account of an administrator, with an audit entry of the shell and `reason`. `entropy` returns 128
/// random bits.
///
/// # Errors
/// `CONFLICT` when there are administrators, unless forced; `DUPLICATE_EMAIL`; `PASSWORD_TOO_SHORT` and
/// `PASSWORD_TOO_COMMON` by the rules for staff.
pub async fn create_administrator(
    store: &Store,
    asked: &NewAdministrator,
    now: Timestamp,
    entropy: impl Fn() -> u128 + Send + Sync,
) -> Result<CreatedAdministrator> {
    let id = UserId::new(fresh(now, entropy()));
    let (password, token) = match &asked.password {
        Some(password) => {
            password_rules::check_strict_staff(password)?;
            (password.as_str().to_owned(), None)
        }
        None => {
            let secret = [entropy().to_be_bytes(), entropy().to_be_bytes()].concat();
            let secret =
                <[u8; 32]>::try_from(secret).map_err(|_| Error::internal("a secret has 32 bytes"))?;
            // Nobody knows this password, so the token is the only way in.
            (format!("{:032x}", entropy()), Some(EmailToken::new(id.clone(), 1, &secret)))
        }
    };
    let person = Person {
        email: asked.email.clone(),
        name: asked.name.clone(),
        phone: None,
        password_hash: passwords::hash(&password, entropy()).await?,
        has_staff_password: Some(true),
        invite_code: InviteCode::new(entropy()),
        confirmation: None,
        password_reset: token.as_ref().map(|token| IssuedEmailToken::of(token, now)),
        authenticator: None,
        email_hash: None,
        request_fingerprint: None,
        registered_hash: None,
    };
    let account = Account::register(id.clone(), person, [Role::User, Role::Admin].into(), None, now);
    let attempt = async |account: Account| {
        if !asked.force && !store.get_administrators().await?.is_empty() {
            return Err(Error::refused(
                Code::Conflict,
                "This deployment has administrators, who give roles with PUT /auth/users/{id}/roles; --force creates \
                 another one nevertheless.",
            ));
        }
        Ok(match store.create_administrator(&account, &asked.reason).await? {
            Registered::Done => TryResult::Done(()),
            // Another shell has written the list of administrators, or the invite code is taken.
            Registered::Moved | Registered::InviteCodeTaken => {
                let mut next = account.clone();
                if let Some(person) = next.person.as_mut() {
                    person.invite_code = InviteCode::new(entropy());
                }
                TryResult::Conflict(next)
            }
            Registered::EmailTaken | Registered::Exists(_) => {
                return Err(Error::refused(
                    Code::DuplicateEmail,
                    "An account has this e-mail address; give another one, or let an administrator give it the role.",
                ));
            }
        })
    };
    retry(BusyReason::Email, account, attempt).await?;
    Ok(CreatedAdministrator { id, token })
}
