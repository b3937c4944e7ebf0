//! POST /auth/logout

use edge::axum::extract::State;
use edge::{App, NoContent, Result, Route, SignedIn, route};

use crate::cookie::{Cookie, WithoutToken};

/// The route.
pub static ROUTE: Route = route!(POST ["/auth/logout"] "auth-logout" logout, "Sign out", []);

async fn logout(
    State(app): State<App>,
    caller: SignedIn,
    Cookie(shown): Cookie,
) -> Result<WithoutToken<NoContent>> {
    if let Some(shown) = shown
        && let Some(session) = app.store().find_session(&shown.session_id).await?
        && session.user_id == caller.id
    {
        app.store().revoke_session(session).await?;
    }
    Ok(WithoutToken(NoContent))
}
