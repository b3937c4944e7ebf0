//! `POST /auth/logout`: ends the session of the refresh cookie.

use dibs_http::axum::extract::State;
use dibs_http::{NoBody, NoContent, Route, route};
use domain::Result;
use runtime::{App, set_user};

use crate::services::cookies::{RefreshCookie, WithoutToken};

/// Route that signs out.
pub static ROUTE: Route = route!(
    /// Ends the session of the refresh token in the cookie and deletes the cookie. Without a session it changes
    /// nothing, so a repeat gets 204 as well.
    POST ["/auth/logout"] "accounts-logout" logout, "Sign out and end the session", []
);

/// Ends the session of the cookie. An access token is not needed, so that signing out works after it has
/// expired. Any token of the session is accepted, since a refresh with an old one would end the session too.
async fn logout(
    State(app): State<App>,
    RefreshCookie(shown): RefreshCookie,
    _: NoBody,
) -> Result<WithoutToken<NoContent>> {
    if let Some(shown) = shown
        && let Some(session) = app.store().get_session_if_exists(&shown.session_id).await?
    {
        set_user(&session.user_id);
        app.store().revoke_session(session).await?;
    }
    Ok(WithoutToken(NoContent))
}
