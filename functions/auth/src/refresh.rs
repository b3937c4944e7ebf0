//! POST /auth/refresh

use domain::accounts::{Account, Presented, RefreshToken, Session};
use domain::{Error, Timestamp};
use edge::axum::extract::State;
use edge::{App, Done, Route, route};
use futures::future::OptionFuture;
use store::Saved;

use crate::cookie::{Cookie, CookieFailure, WithCookies};
use crate::sign_in::{SignInView, signed_in};

/// The route.
pub static ROUTE: Route = route!(
    POST ["/auth/refresh"] "auth-refresh" refresh, "Get a new access token by the refresh cookie", [Unauthorized]
);

/// Tries of a refresh that met another one: the second finds what the other has written.
const TRIES_MAX: u32 = 3;

async fn refresh(
    State(app): State<App>,
    Cookie(shown): Cookie,
) -> Result<WithCookies<Done<SignInView>>, CookieFailure> {
    let shown = shown.ok_or_else(spent)?;
    let mut session = app.store().find_session(&shown.session_id).await?.ok_or_else(spent)?;
    let next = app.tokens().successor(&shown)?;
    let now = app.now();
    for _ in 0..TRIES_MAX {
        let is_newest = accept(&app, &session, &shown, &next, now).await?;
        let account = owner(&app, &session, now).await?;
        let refreshed = session.refreshed(&account, &next, now);
        // What somebody else has made of the same token in the last seconds is as good as what this call would make.
        let save = OptionFuture::from(is_newest.then(|| app.store().save_session(&refreshed)));
        let seen = OptionFuture::from(
            account.is_newly_seen(now).then(|| app.store().record_presence(&account, now)),
        );
        let (saved, seen) = futures::join!(save, seen);
        if !seen.transpose()?.unwrap_or(true) {
            return Err(spent().into());
        }
        match saved.transpose()? {
            None => return Ok(signed_in(&app, account, &next, session.expires_at, now)?),
            Some(Saved::Done) => return Ok(signed_in(&app, account, &next, refreshed.expires_at, now)?),
            Some(Saved::Other(Some(found))) => session = *found,
            Some(Saved::Other(None)) => return Err(spent().into()),
        }
    }
    Err(Error::busy("the session changed each time").into())
}

/// Returns whether `shown` is the newest token of the session, so that `next` has yet to be written; otherwise `next`
/// is the newest. Ends the session when `shown` is older than that.
async fn accept(
    app: &App,
    session: &Session,
    shown: &RefreshToken,
    next: &RefreshToken,
    now: Timestamp,
) -> Result<bool, CookieFailure> {
    match session.judge(shown, now) {
        Presented::Current => Ok(true),
        Presented::Previous if session.is_newest(next) => Ok(false),
        // Another signing key made the successor, which this one cannot: the client has it, or asks again with it.
        Presented::Previous => Err(CookieFailure::keeping(spent())),
        Presented::Reused => Err(stolen(app, session).await.into()),
        Presented::Ended => Err(spent().into()),
    }
}

/// Returns the account of a session, while both are in the same epoch, the account is active, and the session has not
/// outlived what the account's roles allow.
async fn owner(app: &App, session: &Session, now: Timestamp) -> domain::Result<Account> {
    let account = app.store().find_account(&session.user_id).await?.ok_or_else(spent)?;
    let good = account.epoch == session.epoch
        && account.check_active().is_ok()
        && session.ends_at(&account, now) > now;
    if good { Ok(account) } else { Err(spent()) }
}

/// Ends the session for everybody who holds one of its tokens: one that is not good any more was shown.
async fn stolen(app: &App, session: &Session) -> Error {
    tracing::warn!(session = %session.id, user = %session.user_id, "a refresh token was used twice");
    app.store().revoke_session(session.clone()).await.err().unwrap_or_else(spent)
}

fn spent() -> Error {
    Error::refused(
        domain::Code::Unauthorized,
        "Sign in again: the refresh token is missing, used, or expired.",
    )
}
