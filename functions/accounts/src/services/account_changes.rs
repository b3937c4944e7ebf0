//! Changes of accounts by their owners and by administrators, with the revocation of access that follows.

use config::ExposeSecret;
use dibs_http::AdministratorNow;
use domain::Result;
use domain::accounts::Account;
use domain::ids::UserId;
use runtime::App;
use store::ChangedBy;

/// Applies `change` to the account `id` on behalf of the administrator `by`, and writes it only if `by` is
/// still an active administrator then.
///
/// # Errors
/// `NOT_FOUND` when the account does not exist; any error of `change`; `LAST_ADMINISTRATOR` when no active
/// administrator would remain; `UNAUTHORIZED` when the access of `by` has ended; `BUSY` when other
/// requests changed the account on each try.
pub async fn by_administrator(
    app: &App,
    by: &AdministratorNow,
    id: &UserId,
    change: impl Fn(&Account) -> Result<Account> + Send + Sync,
) -> Result<Account> {
    write(app, id, &by.id, Some(by.account.epoch), change).await
}

/// Applies `change` to the account `id` on behalf of its owner.
///
/// # Errors
/// Any error of `change`; `LAST_ADMINISTRATOR` when no active administrator would remain; `BUSY` when
/// other requests changed the account on each try.
pub async fn by_owner(
    app: &App,
    id: &UserId,
    change: impl Fn(&Account) -> Result<Account> + Send + Sync,
) -> Result<Account> {
    write(app, id, id, None, change).await
}

async fn write(
    app: &App,
    id: &UserId,
    actor: &UserId,
    epoch: Option<u32>,
    change: impl Fn(&Account) -> Result<Account> + Send + Sync,
) -> Result<Account> {
    let by = ChangedBy {
        actor,
        epoch,
        email_hash_key: app.settings().email_hash_key.expose_secret(),
        at: app.now(),
    };
    let changed = app.store().change_account(id, &by, change).await?;
    app.revocations().note(changed.revocation).await;
    Ok(changed.account)
}
