//! `POST /auth/email/resend`: mails another token that confirms an address.

use dibs_http::axum::extract::State;
use dibs_http::{Accepted, Json, Origin, Route, route};
use domain::Result;
use domain::accounts::EmailTokenKind;
use runtime::App;

use crate::services::email_tokens::request_mail;
use crate::views::{MailRequest, MailRequested};

/// Route that mails another confirmation token.
pub static ROUTE: Route = route!(
    /// Mails another token to the address, which replaces the one before, if an account has the address and it is
    /// not confirmed yet. The answer is the same for every address, so that it does not tell which have accounts.
    POST ["/auth/email/resend"] "accounts-resend-confirmation" resend_confirmation,
    "Ask for another mail that confirms your e-mail address", [TooManyRequests]
);

async fn resend_confirmation(
    State(app): State<App>,
    origin: Origin,
    Json { value: asked, .. }: Json<MailRequest>,
) -> Result<Accepted<MailRequested>> {
    request_mail(&app, &origin, &asked.email, EmailTokenKind::Confirmation).await?;
    Ok(Accepted(MailRequested::of(EmailTokenKind::Confirmation)))
}
