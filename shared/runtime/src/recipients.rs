//! Check of the accounts that workers act for.

use domain::ids::UserId;
use domain::{Result, Timestamp};

use crate::App;
use crate::tokens::ACCESS_TOKEN_SECONDS;

/// Checks that the account of `user`, who made a request at `asked_at`, is active. For a request younger than
/// an access token lives, it is enough that the user has no revocation. Otherwise the account is read,
/// eventually consistent. A user without an account passes.
///
/// # Errors
/// `FORBIDDEN` when the account is inactive, banned or closed. The message says which.
pub async fn check_recipient(app: &App, user: &UserId, asked_at: Timestamp) -> Result<()> {
    let is_recent = asked_at > app.now().plus_seconds(-ACCESS_TOKEN_SECONDS);
    if is_recent && app.revocations().is_untouched(app.store(), app.now(), user).await {
        return Ok(());
    }
    match app.store().get_account_eventual(user).await? {
        Some(account) => account.check_active(),
        None => Ok(()),
    }
}
