//! `POST /auth/password/reset`: sets a new password with the token of a mail.

use dibs_http::axum::extract::State;
use dibs_http::{Json, NoContent, Route, route};
use domain::Result;
use domain::accounts::{EmailToken, EmailTokenKind, NewPassword, Password, invalid_email_token};
use runtime::{App, add_entity};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::services::{account_changes, password_rules, passwords};

/// Route that sets a new password with the token of a mail.
pub static ROUTE: Route = route!(
    /// Sets a new password with the token of the newest mail, and ends every session of the account, so the owner
    /// signs in again. The token works once, for an hour; a repeat gets `EMAIL_TOKEN_USED`. An authenticator app
    /// stays required. `FORBIDDEN` means that the account is inactive or banned.
    POST ["/auth/password/reset"] "accounts-reset-password" reset_password, "Choose a new password with the token of a mail",
    [
        EmailTokenInvalid,
        EmailTokenUsed,
        EmailTokenExpired,
        EmailTokenSuperseded,
        PasswordTooShort,
        PasswordTooCommon,
        Forbidden
    ]
);

/// New password, with the token that allows it.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PasswordReset {
    /// Token of the newest mail, as the mail contains it.
    #[schemars(length(min = 1, max = 200))]
    token: String,
    /// New password of the account, 8 to 100 characters.
    password: Password,
}

async fn reset_password(
    State(app): State<App>,
    Json { value: asked, .. }: Json<PasswordReset>,
) -> Result<NoContent> {
    let token = EmailToken::parse(&asked.token)?;
    add_entity(&token.user_id);
    let (now, by) = (app.now(), app.nonce());
    let seen = app.store().get_account_if_exists(&token.user_id).await?.ok_or_else(invalid_email_token)?;
    // A password is hashed only for a token that works, since that takes 20 ms of processor time.
    seen.check_email_token(EmailTokenKind::PasswordReset, &token, now)?;
    password_rules::check(app.settings(), &asked.password, seen.is_staff())?;
    let password = NewPassword {
        hash: passwords::hash(asked.password.as_str(), app.entropy()).await?,
        is_long_enough_for_staff: password_rules::has_staff_length(&asked.password),
    };
    account_changes::by_owner(&app, &token.user_id, |account| {
        if account.person.as_ref().is_some_and(|person| person.password_hash == password.hash) {
            // An earlier try of this request has set the password already.
            return Ok(account.clone());
        }
        // The account may have become staff meanwhile, which requires a longer password.
        password_rules::check(app.settings(), &asked.password, account.is_staff())?;
        account.with_password_reset(&token, &password, now, by)
    })
    .await?;
    Ok(NoContent)
}
