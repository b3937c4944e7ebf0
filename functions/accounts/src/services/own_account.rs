//! The account of the caller.

use domain::accounts::{Account, AccountStatus};
use domain::ids::UserId;
use domain::{Error, Result};
use runtime::App;

/// Reads the caller's account, strongly consistent.
///
/// # Errors
/// `UNAUTHORIZED` when it was closed after the access token was issued.
pub async fn own(app: &App, id: &UserId) -> Result<Account> {
    let found = app.store().get_account_if_exists(id).await?;
    found.filter(|account| account.status != AccountStatus::Closed).ok_or_else(Error::unauthorized)
}
