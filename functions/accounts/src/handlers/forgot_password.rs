//! `POST /auth/password/forgot`: mails a token that allows a new password.

use dibs_http::axum::extract::State;
use dibs_http::{Accepted, Json, Origin, Route, route};
use domain::Result;
use domain::accounts::EmailTokenKind;
use runtime::App;

use crate::services::email_tokens::request_mail;
use crate::views::{MailRequest, MailRequested};

/// Route that mails a token for a new password.
pub static ROUTE: Route = route!(
    /// Mails a token for `POST /auth/password/reset` to the address, which replaces the one before, if an active
    /// account has the address. The answer is the same for every address, so that it does not tell which have
    /// accounts.
    POST ["/auth/password/forgot"] "accounts-forgot-password" forgot_password,
    "Ask for a mail that lets you choose a new password", [TooManyRequests]
);

async fn forgot_password(
    State(app): State<App>,
    origin: Origin,
    Json { value: asked, .. }: Json<MailRequest>,
) -> Result<Accepted<MailRequested>> {
    request_mail(&app, &origin, &asked.email, EmailTokenKind::PasswordReset).await?;
    Ok(Accepted(MailRequested::of(EmailTokenKind::PasswordReset)))
}
