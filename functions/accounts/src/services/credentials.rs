//! Password checks, limited by the number of earlier failures. They take the same time whether the account
//! exists or not.

use config::ExposeSecret;
use dibs_http::Origin;
use domain::accounts::{Account, Email, Network, Quota, SecondFactor, ThrottleSubject, totp_required};
use domain::{Code, Error, Result};
use futures::future::OptionFuture;
use runtime::{App, Device, add_entity};

use crate::services::{passwords, second_factor};

/// Counters that a wrong password raises: failures of the subject, and distinct accounts tried by the
/// network.
struct Counters {
    subject: ThrottleSubject,
    accounts_tried: Option<Quota>,
}

/// Checks `password` and returns `account`. A `device` that signed in to this account before has a failure
/// count of its own. All other callers share the counts of the account and of their network.
///
/// The log names the account by a keyed hash, so that attacks on one account are visible.
///
/// # Errors
/// `TOO_MANY_REQUESTS` after too many failures, before the password is checked; `INVALID_CREDENTIALS` when
/// the account does not exist or the password is wrong.
pub async fn check(
    app: &App,
    origin: &Origin,
    email: &Email,
    password: &str,
    account: Option<Account>,
    device: Option<&Device>,
) -> Result<Account> {
    let counters = counters(app, origin, email, account.as_ref(), device);
    try_password(app, origin, &counters, password, account).await
}

/// Checks `password` as [`check`] does, that the account is active, and the second factor of an account that has an
/// authenticator app. Returns the account, in which the factor is used up.
///
/// # Errors
/// Any error of [`check`]; `FORBIDDEN` when the account is not active; `TOTP_REQUIRED` without a factor;
/// `TOTP_WRONG`, `TOTP_USED` and `TOTP_CLOCK_OFF`, which count like a wrong password.
pub async fn check_sign_in(
    app: &App,
    origin: &Origin,
    email: &Email,
    (password, factor): (&str, Option<&SecondFactor>),
    account: Option<Account>,
    device: Option<&Device>,
) -> Result<Account> {
    let counters = counters(app, origin, email, account.as_ref(), device);
    let account = try_password(app, origin, &counters, password, account).await?;
    account.check_active()?;
    if !account.has_totp() {
        return Ok(account);
    }
    let factor = factor.ok_or_else(totp_required)?;
    second_factor::change_with_code(app, origin, &counters.subject, &account, |account, check| {
        account.with_second_factor(&check.secret, factor, check.now, check.by)
    })
    .await
}

fn counters(
    app: &App,
    origin: &Origin,
    email: &Email,
    account: Option<&Account>,
    device: Option<&Device>,
) -> Counters {
    let key = counting_key(app);
    let network = origin.address.as_deref().map(Network::of);
    let subject = ThrottleSubject::account(key, email, network.as_ref());
    add_entity(&format!("account#{}", subject.name));
    let is_owner = |device: &&Device| account.is_some_and(|account| account.id == device.user_id);
    match device.filter(is_owner) {
        Some(device) => Counters {
            subject: ThrottleSubject::device(key, &device.user_id, &device.id),
            accounts_tried: None,
        },
        None => Counters {
            subject,
            accounts_tried: network.map(|network| Quota::accounts_tried(key, &network, email)),
        },
    }
}

/// Checks `password` of a signed-in caller and returns `account`. These failures have a count of their own:
/// failed sign-ins of strangers do not lock out the owner, and a stolen access token does not allow more
/// guesses.
///
/// # Errors
/// Any error of [`check`].
pub async fn check_own(app: &App, origin: &Origin, account: Account, password: &str) -> Result<Account> {
    let subject = ThrottleSubject::signed_in(counting_key(app), &account.id);
    let counters = Counters { subject, accounts_tried: None };
    try_password(app, origin, &counters, password, Some(account)).await
}

/// Returns the HMAC key of the names under which failed password checks and registrations are counted.
pub fn counting_key(app: &App) -> &[u8] {
    app.settings().email_hash_key.expose_secret().as_bytes()
}

async fn try_password(
    app: &App,
    origin: &Origin,
    counters: &Counters,
    password: &str,
    account: Option<Account>,
) -> Result<Account> {
    let Counters { subject, accounts_tried } = counters;
    let (store, now) = (app.store(), app.now());
    let used = OptionFuture::from(accounts_tried.as_ref().map(|quota| store.get_used(quota)));
    let (throttle, used) = futures::join!(store.get_throttle(subject), used);
    let (throttle, used) = (throttle?, used.transpose()?.unwrap_or_default());
    throttle.check(subject, now)?;
    if let Some(quota) = accounts_tried {
        quota.check(&used, now)?;
    }
    let person = account.as_ref().and_then(|account| account.person.as_ref());
    if passwords::verify(password, person.map(|person| &person.password_hash)).await?
        && let Some(account) = account
    {
        // The failures are read again after concurrent guesses were counted. Otherwise a correct guess among
        // many simultaneous ones would succeed because all of them had passed the first check.
        store.get_throttle(subject).await?.check(subject, now)?;
        return Ok(account);
    }
    let counted = OptionFuture::from(accounts_tried.as_ref().map(|quota| store.use_quota(quota, used, now)));
    let recorded = store.record_failure(subject, throttle, now, &origin.request_id);
    let (counted, recorded) = futures::join!(counted, recorded);
    counted.transpose()?;
    recorded?;
    Err(Error::refused(Code::InvalidCredentials, "The e-mail address or the password is wrong; check both."))
}
