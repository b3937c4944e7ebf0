//! `POST /auth/email/confirm`: confirms the e-mail address of an account with the token of a mail.

use dibs_http::axum::extract::State;
use dibs_http::{Json, NoContent, Route, route};
use domain::Result;
use domain::accounts::{EmailToken, invalid_email_token};
use runtime::{App, add_entity};
use schemars::JsonSchema;
use serde::Deserialize;
use store::{Saved, TryResult, retry};

/// Route that confirms an e-mail address.
pub static ROUTE: Route = route!(
    /// Confirms the address with the token of the mail that the registration sent, or of a newer one. The token
    /// works once, for 24 hours; a repeat gets `EMAIL_TOKEN_USED`. Refresh the access token afterwards, since it
    /// says whether the address is confirmed. `FORBIDDEN` means that the account is inactive or banned.
    POST ["/auth/email/confirm"] "accounts-confirm-email" confirm_email, "Confirm your e-mail address",
    [EmailTokenInvalid, EmailTokenUsed, EmailTokenExpired, EmailTokenSuperseded, Forbidden]
);

/// Token of a mail that confirms an address.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct EmailConfirmation {
    /// Token of the newest mail, as the mail contains it.
    #[schemars(length(min = 1, max = 200))]
    token: String,
}

async fn confirm_email(
    State(app): State<App>,
    Json { value: asked, .. }: Json<EmailConfirmation>,
) -> Result<NoContent> {
    let token = EmailToken::parse(&asked.token)?;
    add_entity(&token.user_id);
    let (store, now, by) = (app.store(), app.now(), app.nonce());
    let account = store.get_account_if_exists(&token.user_id).await?.ok_or_else(invalid_email_token)?;
    let attempt = async |account: domain::accounts::Account| {
        Ok(match store.save_account(&account.with_email_confirmed(&token, now, by)?).await? {
            Saved::Done => TryResult::Done(NoContent),
            Saved::Conflict(Some(found)) => TryResult::Conflict(*found),
            Saved::Conflict(None) => return Err(invalid_email_token()),
        })
    };
    retry(domain::BusyReason::Account, account, attempt).await
}
