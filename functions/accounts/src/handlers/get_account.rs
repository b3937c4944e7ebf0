//! `GET /auth/me`: returns the caller's own account.

use crate::services::own_account::own;
use dibs_http::axum::extract::State;
use dibs_http::{AccountOwner, Done, Route, route};
use runtime::App;

use crate::views::UserView;

/// Route that returns the caller's account.
pub static ROUTE: Route = route!(
    /// Returns the account of the caller as it is stored now.
    GET ["/auth/me"] "accounts-get-account" get_account, "Get your own account", []
);

async fn get_account(State(app): State<App>, caller: AccountOwner) -> domain::Result<Done<UserView>> {
    Ok(Done(own(&app, &caller.id).await?.into()))
}
