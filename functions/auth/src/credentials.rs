//! Checking a password, wherever one is given: not after too many failures of its account or its address, and
//! in the same time whether or not the account exists.

use domain::accounts::{Account, Email, Subject};
use domain::{Code, Error, Result};
use edge::{App, Origin};
use futures::future::{join_all, try_join_all};

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
    let by_account = Subject::account(email);
    let by_address = origin.address.as_deref().map(Subject::address);
    let subjects: Vec<&Subject> = [&by_account].into_iter().chain(&by_address).collect();
    let (store, now) = (app.store(), app.now());
    try_join_all(subjects.iter().map(|subject| store.check_throttle(subject, now))).await?;
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
    let recorded = subjects.iter().map(|subject| store.record_failure(subject, now, &origin.request_id));
    join_all(recorded).await.into_iter().collect::<Result<()>>()?;
    Err(Error::refused(Code::InvalidCredentials, "The e-mail or the password is wrong."))
}
