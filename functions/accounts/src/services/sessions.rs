//! Issuing of tokens and the response that sign-in and refresh share.

use dibs_http::Done;
use domain::accounts::{Account, RefreshToken};
use domain::ids::{SessionId, fresh};
use domain::{Result, Timestamp};
use runtime::{ACCESS_TOKEN_SECONDS, App, Device, set_user};
use schemars::JsonSchema;
use serde::Serialize;

use crate::services::cookies::WithCookies;
use crate::views::UserView;

/// Access token and account of the user who signed in. The refresh token is set as a cookie.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "SignIn")]
pub struct SignInView {
    /// Signed access token to send in the header `Authorization: Bearer …`.
    access_token: String,
    /// Type of the access token, always `Bearer`.
    token_type: &'static str,
    /// Remaining lifetime of the access token, in seconds.
    expires_in: i64,
    /// Account of the user who signed in.
    user: UserView,
}

/// Creates the id of a new session.
pub fn new_session(app: &App, now: Timestamp) -> SessionId {
    SessionId::new(fresh(now, app.entropy()))
}

/// Returns the signed device cookie of a sign-in to `account` at `now`. Reuses the device of the caller's
/// cookie if it belongs to the same account.
///
/// # Errors
/// `INTERNAL_ERROR` in a function without the private key.
pub fn device(app: &App, account: &Account, shown: Option<Device>, now: Timestamp) -> Result<String> {
    let shown = shown.filter(|device| device.user_id == account.id);
    let id = shown.map_or_else(|| fresh(now, app.entropy()), |device| device.id);
    app.tokens().sign_device(Device { user_id: account.id.clone(), id, iat: now.as_seconds() })
}

/// Creates a random refresh token of `session`.
pub fn new_token(app: &App, session: SessionId) -> RefreshToken {
    RefreshToken::new(session, [app.entropy(), app.entropy()])
}

/// Builds the response for `account` with a new access token of `session`. Sets `token`, if there is one, as refresh cookie
/// until the session ends.
///
/// # Errors
/// `INTERNAL_ERROR` in a function without the private key.
pub fn signed_in(
    app: &App,
    account: Account,
    session: &SessionId,
    token: Option<&RefreshToken>,
    ends_at: Timestamp,
    now: Timestamp,
) -> Result<WithCookies<Done<SignInView>>> {
    set_user(&account.id);
    let view = SignInView {
        access_token: app.tokens().issue_to(&account, session, now)?,
        token_type: "Bearer",
        expires_in: ACCESS_TOKEN_SECONDS,
        user: account.into(),
    };
    Ok(WithCookies::new(app, Done(view), token, ends_at.as_seconds() - now.as_seconds()))
}
