//! POST /auth/refresh

use domain::Error;
use domain::accounts::{Account, Presented, Session};
use edge::axum::extract::State;
use edge::{App, Done, Route, route};
use store::Saved;

use crate::cookie::{Cookie, CookieFailure, WithToken};
use crate::sign_in::{SignInView, new_token, signed_in};

/// The route.
pub static ROUTE: Route = route!(
    POST ["/auth/refresh"] "auth-refresh" refresh, "Get a new access token by the refresh cookie", [Unauthorized]
);

async fn refresh(
    State(app): State<App>,
    Cookie(shown): Cookie,
) -> Result<WithToken<Done<SignInView>>, CookieFailure> {
    let shown = shown.ok_or_else(spent)?;
    let session = app.store().find_session(&shown.session_id).await?.ok_or_else(spent)?;
    let now = app.now();
    match session.judge(&shown, now) {
        Presented::Current => {}
        Presented::Reused => return Err(stolen(&app, session).await.into()),
        Presented::Ended => return Err(spent().into()),
    }
    let account = owner(&app, &session).await?;
    let token = new_token(&app, session.id.clone());
    match app.store().save_session(&session.refreshed(&token, now)).await? {
        Saved::Done => Ok(signed_in(&app, account, token, now)?),
        // Somebody else showed the same token in the same moment.
        Saved::Other(Some(found)) => Err(stolen(&app, *found).await.into()),
        Saved::Other(None) => Err(spent().into()),
    }
}

/// The account of a session, while both are in the same epoch and the account is active.
async fn owner(app: &App, session: &Session) -> domain::Result<Account> {
    let account = app.store().find_account(&session.user_id).await?.ok_or_else(spent)?;
    let good = account.epoch == session.epoch && account.check_active().is_ok();
    if good { Ok(account) } else { Err(spent()) }
}

/// A token that is not the newest was shown: the session ends for everybody who holds one of it.
async fn stolen(app: &App, session: Session) -> Error {
    tracing::warn!(session = %session.id, user = %session.user_id, "a refresh token was used twice");
    app.store().revoke_session(session).await.err().unwrap_or_else(spent)
}

fn spent() -> Error {
    Error::refused(
        domain::Code::Unauthorized,
        "Sign in again: the refresh token is missing, used, or expired.",
    )
}
