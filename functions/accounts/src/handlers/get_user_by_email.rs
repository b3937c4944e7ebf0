//! `GET /auth/users/email?email=`: finds a user by e-mail address, for administrators.

use dibs_http::axum::extract::State;
use dibs_http::{AdministratorNow, Done, Query, Route, route};
use domain::accounts::Email;
use domain::{Error, Result};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::UserView;

/// Route that finds a user by e-mail address.
pub static ROUTE: Route = route!(
    /// Returns the account that has this e-mail address now.
    GET ["/auth/users/email"] "accounts-get-user-by-email" get_user_by_email, "Find a user by e-mail address", [NotFound]
);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EmailQuery {
    /// E-mail address of the account, in upper or lower case.
    email: Email,
}

async fn get_user_by_email(
    State(app): State<App>,
    _: AdministratorNow,
    Query(filter): Query<EmailQuery>,
) -> Result<Done<UserView>> {
    let found = app.store().get_account_by_email(&filter.email).await?;
    Ok(Done(found.ok_or_else(|| Error::not_found("user"))?.into()))
}
