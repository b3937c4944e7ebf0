//! POST /auth/logout

use edge::axum::extract::State;
use edge::{App, NoContent, Result, Route, by, route};

use crate::cookie::{Cookie, WithoutToken};

/// The route.
pub static ROUTE: Route = route!(POST ["/auth/logout"] "auth-logout" logout, "Sign out", []);

/// Ends the session of the cookie. The cookie alone says which that is, so it works when the access token has expired;
/// any token of the session will do, since one that is not good any more would end the session at a refresh too.
async fn logout(State(app): State<App>, Cookie(shown): Cookie) -> Result<WithoutToken<NoContent>> {
    if let Some(shown) = shown
        && let Some(session) = app.store().find_session(&shown.session_id).await?
    {
        by(&session.user_id);
        app.store().revoke_session(session).await?;
    }
    Ok(WithoutToken(NoContent))
}
