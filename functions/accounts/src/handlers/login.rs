//! `POST /auth/login`: signs in with e-mail address and password.

use dibs_http::axum::extract::State;
use dibs_http::{Done, Json, Origin, Route, route};
use domain::accounts::{Email, RecoveryCode, SecondFactor, Session, SessionClient, TotpCode};
use domain::{Code, Error, Result};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::services::cookies::{DeviceCookie, WithCookies};
use crate::services::credentials;
use crate::services::passwords::PasswordProof;
use crate::services::sessions::{SignInView, device, new_session, new_token, signed_in};
use crate::services::user_agent::UserAgent;

/// Route that signs in.
pub static ROUTE: Route = route!(
    /// Starts a session: returns an access token that lives 15 minutes, and sets the refresh token and a
    /// device token as cookies. Each sign-in starts a session of its own and counts as an activity of the
    /// type `login`. An account with an authenticator app takes `totp_code` or `recovery_code`, too. `FORBIDDEN` means that the account is inactive or banned.
    POST ["/auth/login"] "accounts-login" login, "Sign in with e-mail address and password",
    [InvalidCredentials, Forbidden, TooManyRequests, TotpRequired, TotpWrong, TotpUsed, TotpClockOff]
);

/// E-mail address and password of an account.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Credentials {
    /// E-mail address of the account, in upper or lower case.
    email: Email,
    /// Password of the account, 1 to 1,000 characters.
    password: PasswordProof,
    /// Code that the authenticator app of the account shows now, if it has one. It counts if both codes are sent.
    totp_code: Option<TotpCode>,
    /// Recovery code that was not used yet, for an owner without the app.
    recovery_code: Option<RecoveryCode>,
}

async fn login(
    State(app): State<App>,
    origin: Origin,
    DeviceCookie(shown): DeviceCookie,
    UserAgent(agent): UserAgent,
    Json { value: asked, .. }: Json<Credentials>,
) -> Result<WithCookies<Done<SignInView>>> {
    let account = app.store().get_account_by_email(&asked.email).await?;
    let factor = SecondFactor::of(asked.totp_code, asked.recovery_code);
    let proof = (asked.password.as_str(), factor.as_ref());
    let mut account =
        credentials::check_sign_in(&app, &origin, &asked.email, proof, account, shown.as_ref()).await?;
    let now = app.now();
    let token = new_token(&app, new_session(&app, now));
    let client = SessionClient::of(agent.as_deref(), origin.address.as_deref());
    let session = Session::begin(&account, &token, client, now);
    // The recorded sign-in becomes a `login` activity. Both writes are concurrent, so they take one round
    // trip.
    let (saved, noted) =
        tokio::try_join!(app.store().save_session(&session), app.store().record_login(&account, now))?;
    if saved != store::Saved::Done {
        return Err(Error::internal("a new session's id is taken"));
    }
    if !noted {
        return Err(Error::refused(
            Code::InvalidCredentials,
            "The account changed meanwhile; sign in again.",
        ));
    }
    account.last_login_at = account.last_login_at.max(Some(now));
    let device = device(&app, &account, shown, now)?;
    Ok(signed_in(&app, account, &session.id, Some(&token), session.expires_at, now)?.with_device(&device))
}
