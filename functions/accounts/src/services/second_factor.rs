//! Codes of authenticator apps and recovery codes, limited by the number of earlier failures.

use dibs_http::Origin;
use domain::accounts::{Account, ThrottleSubject, TotpSecret};
use domain::ids::Nonce;
use domain::{Code, Error, Result, Timestamp};
use runtime::{App, Purpose};

use crate::services::account_changes;

/// Secret of an authenticator app, with the time and the random number of the request that shows a code of it.
pub struct CodeCheck {
    /// Secret that the app and dibs share.
    pub secret: TotpSecret,
    /// Time of the request.
    pub now: Timestamp,
    /// Random number of the request, by which it recognizes its own write.
    pub by: Nonce,
}

/// Seals a new `secret` of the account, to be stored.
///
/// # Errors
/// `INTERNAL_ERROR` in a function without the key.
pub fn seal(app: &App, account: &Account, secret: &TotpSecret) -> Result<String> {
    app.sealing().seal(Purpose::Totp, account.id.as_str(), secret.as_bytes(), app.entropy())
}

/// Applies `change`, which checks a code of the app of `account`, and counts a wrong code as a failure of `subject`.
/// The write uses the code up, so of two requests with one code the later is refused.
///
/// # Errors
/// Any error of `change`; `TOO_MANY_REQUESTS` after too many failures, whether the code is right or not;
/// `CONFLICT` when the account changed meanwhile, or has no app.
pub async fn change_with_code(
    app: &App,
    origin: &Origin,
    subject: &ThrottleSubject,
    account: &Account,
    change: impl Fn(&Account, &CodeCheck) -> Result<Account> + Send + Sync,
) -> Result<Account> {
    let check = CodeCheck { secret: open(app, account)?, now: app.now(), by: app.nonce() };
    let checked = change(account, &check);
    // The failures are read after the code was compared. Otherwise a right guess among many simultaneous ones would
    // succeed because all of them had passed the check.
    let throttle = app.store().get_throttle(subject).await?;
    throttle.check(subject, check.now)?;
    if let Err(error) = checked {
        if matches!(error.code, Code::TotpWrong | Code::TotpUsed | Code::TotpClockOff) {
            app.store().record_failure(subject, throttle, check.now, &origin.request_id).await?;
        }
        return Err(error);
    }
    account_changes::by_owner(app, &account.id, |current| {
        let sealed = |account: &Account| account.authenticator().map(|app| app.sealed_secret.clone());
        if current.epoch != account.epoch || sealed(current) != sealed(account) {
            let text = "The account changed meanwhile; sign in again.";
            return Err(Error::refused(Code::Conflict, text));
        }
        change(current, &check)
    })
    .await
}

/// Returns the secret of the app that `account` has enrolled, confirmed or not.
///
/// # Errors
/// `CONFLICT` when there is no app; `INTERNAL_ERROR` in a function without the key.
pub fn open(app: &App, account: &Account) -> Result<TotpSecret> {
    let authenticator = account.authenticator().ok_or_else(|| {
        let text = "This account has no authenticator app; enrol one with POST /users/me/totp.";
        Error::refused(Code::Conflict, text)
    })?;
    let secret = app.sealing().open(Purpose::Totp, account.id.as_str(), &authenticator.sealed_secret)?;
    Ok(TotpSecret::from_bytes(secret))
}
