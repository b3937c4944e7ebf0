//! What signing in and refreshing have in common: what they answer.

use domain::accounts::{Account, RefreshToken};
use domain::ids::{SessionId, fresh};
use domain::{Result, Timestamp};
use edge::{ACCESS_TOKEN_SECONDS, App, Done, by};
use schemars::JsonSchema;
use serde::Serialize;

use crate::cookie::WithToken;
use crate::views::UserView;

/// An access token and whose it is. The refresh token is in the cookie.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SignIn")]
pub struct SignInView {
    /// For the header `Authorization: Bearer …`.
    access_token: String,
    /// Always `Bearer`.
    token_type: &'static str,
    /// Seconds until the access token ends.
    expires_in: i64,
    user: UserView,
}

/// An id for a new session.
pub fn new_session(app: &App, now: Timestamp) -> SessionId {
    SessionId::new(fresh(now, app.chance()))
}

/// A new token of `session`.
pub fn new_token(app: &App, session: SessionId) -> RefreshToken {
    RefreshToken::new(session, [app.chance(), app.chance()])
}

/// The answer for `account`, whose refresh token is now `token`.
///
/// # Errors
/// Only internal ones.
pub fn signed_in(
    app: &App,
    account: Account,
    token: RefreshToken,
    now: Timestamp,
) -> Result<WithToken<Done<SignInView>>> {
    by(&account.id);
    let view = SignInView {
        access_token: app.tokens().issue(&account.id, &account.roles, now)?,
        token_type: "Bearer",
        expires_in: ACCESS_TOKEN_SECONDS,
        user: account.into(),
    };
    Ok(WithToken { reply: Done(view), token })
}
