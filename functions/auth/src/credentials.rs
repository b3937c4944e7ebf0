//! Checking a password, wherever one is given: not after too many failures, and in the same time whether or not the
//! account exists.

use domain::accounts::{Account, Email, Network, Quota, Subject};
use domain::{Code, Error, Result};
use edge::{App, Device, Origin, about};
use futures::future::OptionFuture;

use crate::password;

/// What a failure is counted for.
struct Counters {
    subject: Subject,
    accounts_tried: Option<Quota>,
}

/// Returns `account`, when it exists and `password` is its. A `device` that signed in to this account before has a
/// count of failures of its own; everybody else shares those of the account and of their network.
///
/// The line in the log names the account by a keyed hash, so that an attack on one account can be seen.
///
/// # Errors
/// `TOO_MANY_REQUESTS` after too many failures, before the password is looked at; `INVALID_CREDENTIALS` otherwise.
pub async fn check(
    app: &App,
    origin: &Origin,
    email: &Email,
    password: &str,
    account: Option<Account>,
    device: Option<&Device>,
) -> Result<Account> {
    let key = counting_key(app);
    let network = origin.address.as_deref().map(Network::of);
    let subject = Subject::account(key, email, network.as_ref());
    about(&format!("account#{}", subject.name));
    let is_owner = |device: &&Device| account.as_ref().is_some_and(|account| account.id == device.user_id);
    let counters = match device.filter(is_owner) {
        Some(device) => {
            Counters { subject: Subject::device(key, &device.user_id, &device.id), accounts_tried: None }
        }
        None => Counters {
            subject,
            accounts_tried: network.map(|network| Quota::accounts_tried(key, &network, email)),
        },
    };
    try_password(app, origin, &counters, password, account).await
}

/// Returns `account`, whose owner is signed in, when `password` is its. Failures have a count of their own: a stranger
/// who fails to sign in does not stop the owner, and a stolen access token is no way to try passwords.
///
/// # Errors
/// As [`check`].
pub async fn check_own(app: &App, origin: &Origin, account: Account, password: &str) -> Result<Account> {
    let subject = Subject::signed_in(counting_key(app), &account.id);
    let counters = Counters { subject, accounts_tried: None };
    try_password(app, origin, &counters, password, Some(account)).await
}

/// Returns the key of the hashes under which accounts and networks are counted.
pub fn counting_key(app: &App) -> &[u8] {
    app.settings().email_hash_key.expose().as_bytes()
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
        quota.room(&used, now)?;
    }
    let person = account.as_ref().and_then(|account| account.person.as_ref());
    if password::verify(password, person.map(|person| &person.password_hash)).await?
        && let Some(account) = account
    {
        // Again, now that those who guess beside this caller have been counted: of many guesses at once, the right one
        // must not get through because all of them were let in together.
        store.get_throttle(subject).await?.check(subject, now)?;
        return Ok(account);
    }
    let counted = OptionFuture::from(accounts_tried.as_ref().map(|quota| store.use_quota(quota, used, now)));
    let recorded = store.record_failure(subject, throttle, now, &origin.request_id);
    let (counted, recorded) = futures::join!(counted, recorded);
    counted.transpose()?;
    recorded?;
    Err(Error::refused(Code::InvalidCredentials, "The e-mail or the password is wrong."))
}
