//! Checking a password, wherever one is given: not after too many failures of its account or its address, and
//! in the same time whether or not the account exists.

use domain::accounts::{Account, Email, Subject};
use domain::{Code, Error, Result};
use edge::{App, Origin};

use crate::password;

/// `account`, when it exists and `password` is its.
///
/// # Errors
/// `TOO_MANY_REQUESTS` after too many failures, before the password is looked at; `INVALID_CREDENTIALS`
/// otherwise.
pub async fn check(
    app: &App,
    origin: &Origin,
    email: &Email,
    password: &str,
    account: Option<Account>,
) -> Result<Account> {
    let (by_account, by_address) = (Subject::account(email), Subject::address(&origin.address));
    let (store, now) = (app.store(), app.now());
    tokio::try_join!(store.check_throttle(&by_account, now), store.check_throttle(&by_address, now))?;
    let person = account.as_ref().and_then(|account| account.person.as_ref());
    if password::verify(password, person.map(|person| &person.password_hash)).await?
        && let Some(account) = account
    {
        // Again, now that those who guess beside this caller have been counted: of many guesses at once, the
        // right one must not get through because all of them were let in together.
        store.check_throttle(&by_account, now).await?;
        return Ok(account);
    }
    // Both are recorded even when one is full already: an address goes on to be counted behind a closed
    // account.
    let (counted, also_counted) = tokio::join!(
        store.record_failure(&by_account, now, &origin.request_id),
        store.record_failure(&by_address, now, &origin.request_id),
    );
    counted.and(also_counted)?;
    Err(Error::refused(Code::InvalidCredentials, "The e-mail or the password is wrong."))
}
