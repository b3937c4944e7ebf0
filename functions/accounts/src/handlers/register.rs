//! `POST /auth/register`, also `POST /auth/users`: creates an account.

use config::ExposeSecret;
use dibs_http::axum::extract::State;
use dibs_http::{Created, IdempotencyKey, Json, Origin, Route, route};
use domain::accounts::{
    Account, Email, EmailHash, EmailTokenKind, InviteCode, IssuedEmailToken, KnownEmail, Network, NewName,
    Password, Person, Phone, Quota, Role, Roles,
};
use domain::ids::{UserId, fingerprint};
use domain::{BusyReason, Code, Error, Result};
use runtime::{App, add_entity};
use schemars::JsonSchema;
use serde::Deserialize;
use store::{Registered, TryResult, retry};

use crate::services::{credentials, email_tokens, password_rules, passwords};
use crate::views::UserView;

/// Route that creates an account.
pub static ROUTE: Route = route!(
    /// Creates an account with the role USER, and mails a token with which the owner confirms the address
    /// (`POST /auth/email/confirm`). An e-mail address belongs to one account at a time, so a repeat
    /// without an `Idempotency-Key` gets `DUPLICATE_EMAIL`.
    POST ["/auth/register", "/auth/users"] "accounts-register" register, "Register a new account",
    [DuplicateEmail, AccountClosed, RegistrationRefused, PasswordTooShort, PasswordTooCommon, TooManyRequests]
)
.operation_ids(&["register", "createUser"]);

/// Account to register.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "AccountCreate")]
struct Registration {
    /// E-mail address of the new account, at most 255 ASCII characters. No two accounts have the same one, in
    /// upper or lower case.
    email: Email,
    /// Password of the new account, 8 to 100 characters. Very common passwords are refused with
    /// `PASSWORD_TOO_COMMON`.
    password: Password,
    /// Name of the person, 2 to 100 characters.
    name: NewName,
    /// Korean mobile number, with or without hyphens; null or absent for none.
    phone: Option<Phone>,
    /// Invite code of the user who invited the new one. Each registration with it counts as an `invite`
    /// activity of that user. Null or absent when nobody invited.
    invite_code: Option<InviteCode>,
}

impl Registration {
    /// Returns the request fingerprint, which covers every field except the password. A repeat proves the
    /// password against the stored hash instead.
    fn fingerprint(&self) -> String {
        let phone = self.phone.as_ref().map_or("", Phone::as_str);
        let code = self.invite_code.as_ref().map_or("", InviteCode::as_str);
        fingerprint(&[self.email.as_str(), &self.name, phone, code])
    }
}

async fn register(
    State(app): State<App>,
    origin: Origin,
    key: IdempotencyKey,
    Json { value: asked, .. }: Json<Registration>,
) -> Result<Created<UserView>> {
    let id = UserId::new(key.id(&app, &["accounts-register", &asked.email.key()]));
    if key.0.is_some()
        && let Some(account) = app.store().get_account_if_exists(&id).await?
    {
        return Ok(Created(repeated(&app, &origin, &asked, account).await?.into()));
    }
    password_rules::check(app.settings(), &asked.password, false)?;
    let invited_by = match &asked.invite_code {
        Some(code) => Some(inviter(&app, code).await?),
        None => None,
    };
    let hash = EmailHash::new(app.settings().email_hash_key.expose_secret(), &asked.email)?;
    let known = admissible_email(&app, &hash).await?;
    count_registration(&app, &origin, &id).await?;
    let password_hash = passwords::hash(asked.password.as_str(), app.entropy()).await?;
    let token = email_tokens::token(&app, &id, EmailTokenKind::Confirmation, 1)?;
    let request_fingerprint = key.request_fingerprint(&asked.fingerprint());
    let attempt = async |known: KnownEmail| {
        let person = Person {
            email: asked.email.clone(),
            name: asked.name.clone().into(),
            phone: asked.phone.clone(),
            password_hash: password_hash.clone(),
            registered_hash: None,
            has_staff_password: Some(password_rules::has_staff_length(&asked.password)),
            invite_code: InviteCode::new(app.entropy()),
            email_hash: Some(hash.clone()),
            confirmation: Some(IssuedEmailToken::of(&token, app.now())),
            password_reset: None,
            authenticator: None,
            request_fingerprint: request_fingerprint.clone(),
        };
        let roles = Roles::from([Role::User]);
        let former = known.check_registration(app.now())?;
        let account =
            Account { former, ..Account::register(id.clone(), person, roles, invited_by.clone(), app.now()) };
        match app.store().register_account(&account, Some(&known)).await? {
            Registered::Done => {
                add_entity(&account.id);
                Ok(TryResult::Done(account))
            }
            // Without an `Idempotency-Key` the id is random, so an earlier try of this request created the
            // account.
            Registered::Exists(found) if request_fingerprint.is_none() => Ok(TryResult::Done(*found)),
            Registered::Exists(found) => repeated(&app, &origin, &asked, *found).await.map(TryResult::Done),
            Registered::EmailTaken => Err(Error::refused(
                Code::DuplicateEmail,
                "An account with this e-mail address exists; sign in, or register another address.",
            )),
            // Invite codes are random: once there are a million accounts, one in a million of the 32^8
            // codes is taken.
            Registered::InviteCodeTaken => Ok(TryResult::Conflict(known)),
            Registered::Moved => admissible_email(&app, &hash).await.map(TryResult::Conflict),
        }
    };
    Ok(Created(retry(BusyReason::Email, known, attempt).await?.into()))
}

/// Reads the record of an e-mail address and checks that it may be registered, before a password is hashed.
///
/// # Errors
/// `REGISTRATION_REFUSED` when it may not, for example after a ban.
async fn admissible_email(app: &App, hash: &EmailHash) -> Result<KnownEmail> {
    let known = app.store().get_known_email(hash).await?;
    known.check_registration(app.now()).map(|_| known)
}

/// Counts the registration of `user` for the caller's network, if a limit is set and the network is known.
///
/// # Errors
/// `TOO_MANY_REQUESTS` when the network has used up its registrations of this hour.
async fn count_registration(app: &App, origin: &Origin, user: &UserId) -> Result<()> {
    let (Some(most), Some(address)) = (app.settings().registrations_per_hour, &origin.address) else {
        return Ok(());
    };
    let key = credentials::counting_key(app);
    let quota = Quota::registrations(key, &Network::of(address), user, most);
    let used = app.store().get_used(&quota).await?;
    app.store().use_quota(&quota, used, app.now()).await
}

async fn inviter(app: &App, code: &InviteCode) -> Result<UserId> {
    let inviter = app.store().inviter(code).await?;
    inviter.ok_or_else(|| Error::invalid_field("invite_code", "is nobody's invite code"))
}

/// Returns the account that an earlier request with the same `Idempotency-Key` created, if this request
/// repeats it. The password must be the one that was registered. It is checked as in a sign-in, with the
/// limit on failures, since an `Idempotency-Key` would otherwise allow unlimited guesses.
///
/// # Errors
/// `IDEMPOTENCY_KEY_REUSED` if this request differs from the earlier one; `ACCOUNT_CLOSED` if the account was
/// closed, since nothing of the earlier request is kept then.
async fn repeated(app: &App, origin: &Origin, asked: &Registration, account: Account) -> Result<Account> {
    let Some(person) = &account.person else {
        let message =
            "The account that this Idempotency-Key registered was closed; register again with a new key.";
        return Err(Error::refused(Code::AccountClosed, message));
    };
    if person.request_fingerprint.as_ref() != Some(&asked.fingerprint()) {
        return Err(Error::key_reused());
    }
    let registered = Some(account.as_registered());
    match credentials::check(app, origin, &asked.email, asked.password.as_str(), registered, None).await {
        Ok(_) => Ok(account),
        Err(error) if error.code == Code::InvalidCredentials => Err(Error::key_reused()),
        Err(error) => Err(error),
    }
}
