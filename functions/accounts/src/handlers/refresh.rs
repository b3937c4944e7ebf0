//! `POST /auth/refresh`: issues a new access token and refresh token for the refresh cookie.

use dibs_http::axum::extract::State;
use dibs_http::{Done, NoBody, Route, route};
use domain::accounts::{Account, RefreshToken, Session, TokenMatch};
use domain::{BusyReason, Error, Timestamp};
use futures::future::OptionFuture;
use runtime::App;
use store::{Saved, TryResult, retry};

use crate::services::cookies::{CookieFailure, RefreshCookie, WithCookies};
use crate::services::sessions::{SignInView, signed_in};

/// Route that refreshes a session.
pub static ROUTE: Route = route!(
    /// Returns a new access token, and replaces the refresh token in the cookie unless that is younger than
    /// 15 seconds. A repeat with the replaced token within ten seconds gets the same new token; later it ends
    /// the session, since the token may be stolen. After `UNAUTHORIZED`, sign in again.
    POST ["/auth/refresh"] "accounts-refresh" refresh, "Get a new access token with the refresh cookie", [Unauthorized]
);

async fn refresh(
    State(app): State<App>,
    RefreshCookie(shown): RefreshCookie,
    _: NoBody,
) -> Result<WithCookies<Done<SignInView>>, CookieFailure> {
    let shown = shown.ok_or_else(invalid_session)?;
    let session = app.store().get_session_if_exists(&shown.session_id).await?.ok_or_else(invalid_session)?;
    let next = app.tokens().successor(&shown)?;
    let now = app.now();
    let attempt = async |session: Session| {
        let (is_due, token) = match accept(&app, &session, &shown, &next, now).await {
            Ok(accepted) => accepted,
            Err(failure) => return Ok(TryResult::Done(Err(failure))),
        };
        let account = owner(&app, &session, now).await?;
        let refreshed = session.refreshed(&account, &next, now);
        let save = OptionFuture::from(is_due.then(|| app.store().save_session(&refreshed)));
        let seen = OptionFuture::from(
            account.is_newly_seen(now).then(|| app.store().record_presence(&account, now)),
        );
        let (saved, seen) = futures::join!(save, seen);
        if !seen.transpose()?.unwrap_or(true) {
            return Err(invalid_session());
        }
        let until = match saved.transpose()? {
            None => session.expires_at,
            Some(Saved::Done) => refreshed.expires_at,
            // Another call has derived the same successor from the same token within the last seconds. The
            // next try uses its result.
            Some(Saved::Conflict(Some(found))) => return Ok(TryResult::Conflict(*found)),
            Some(Saved::Conflict(None)) => return Err(invalid_session()),
        };
        signed_in(&app, account, &session.id, token, until, now)
            .map(|signed_in| TryResult::Done(Ok(signed_in)))
    };
    retry(BusyReason::Session, session, attempt).await?
}

/// Returns the token to set as cookie, if any, and whether it has yet to be written as the newest one of the
/// session. Ends the session when `shown` was replaced longer ago than the grace period.
async fn accept<'a>(
    app: &App,
    session: &Session,
    shown: &'a RefreshToken,
    next: &'a RefreshToken,
    now: Timestamp,
) -> Result<(bool, Option<&'a RefreshToken>), CookieFailure> {
    match session.match_token(shown, now) {
        TokenMatch::Current => Ok((true, Some(next))),
        TokenMatch::Young => Ok((false, Some(shown))),
        // Another tab may replace the token at this moment, and its response may arrive first. The browser
        // has `shown`, so that nothing is set.
        TokenMatch::Kept => Ok((false, None)),
        TokenMatch::Previous if session.is_newest(next) => Ok((false, Some(next))),
        // The successor was made with another signing key, so it cannot be derived here. The client has it,
        // or sends it next.
        TokenMatch::Previous => Err(CookieFailure::keeping(invalid_session())),
        TokenMatch::Reused => Err(stolen(app, session).await.into()),
        TokenMatch::Ended => Err(invalid_session().into()),
    }
}

/// Returns the account of a session, if the epochs of both are equal, the account is active, and the session
/// is within the lifetime that the account's roles allow. Fails with `UNAUTHORIZED` otherwise.
async fn owner(app: &App, session: &Session, now: Timestamp) -> domain::Result<Account> {
    let account = app.store().get_account_if_exists(&session.user_id).await?.ok_or_else(invalid_session)?;
    let good = account.epoch == session.epoch
        && account.check_active().is_ok()
        && session.ends_at(&account, now) > now;
    if good { Ok(account) } else { Err(invalid_session()) }
}

/// Revokes the session after an old token was used, which means that the token was copied.
async fn stolen(app: &App, session: &Session) -> Error {
    tracing::warn!(session = %session.id, user = %session.user_id, "a refresh token was used twice");
    app.store().revoke_session(session.clone()).await.err().unwrap_or_else(invalid_session)
}

fn invalid_session() -> Error {
    Error::refused(
        domain::Code::Unauthorized,
        "Sign in again: the refresh token is missing, used, or expired.",
    )
}
