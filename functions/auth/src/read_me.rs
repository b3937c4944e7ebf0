//! `GET /auth/me`: returns the caller's own account.

use domain::accounts::{Account, Status};
use domain::ids::UserId;
use domain::{Error, Result};
use edge::axum::extract::State;
use edge::{App, Done, Route, SignedIn, route};

use crate::views::UserView;

/// Route that returns the caller's account.
pub static ROUTE: Route = route!(GET ["/auth/me"] "auth-read-me" read_me, "Get your own account", []);

async fn read_me(State(app): State<App>, caller: SignedIn) -> edge::Result<Done<UserView>> {
    Ok(Done(own(&app, &caller.id).await?.into()))
}

/// Reads the caller's account, strongly consistent.
///
/// # Errors
/// `UNAUTHORIZED` when it was closed after the access token was issued.
pub(crate) async fn own(app: &App, id: &UserId) -> Result<Account> {
    let found = app.store().find_account(id).await?;
    found.filter(|account| account.status != Status::Closed).ok_or_else(Error::unauthorized)
}
