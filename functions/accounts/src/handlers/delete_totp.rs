//! `DELETE /users/me/totp`: removes the authenticator app.

use dibs_http::axum::extract::State;
use dibs_http::{AccountOwner, Json, NoContent, Origin, Route, route};
use domain::accounts::{RecoveryCode, SecondFactor, ThrottleSubject, TotpCode};
use domain::{Error, Result};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::services::credentials::counting_key;
use crate::services::own_account::own;
use crate::services::second_factor::change_with_code;

/// Route that removes the authenticator app.
pub static ROUTE: Route = route!(
    /// Removes the app and its recovery codes, with a code of either kind. Every session ends. `CONFLICT` means that
    /// the account has no app, `FORBIDDEN` that it is inactive or banned.
    DELETE ["/users/me/totp"] "accounts-delete-totp" delete_totp, "Remove your authenticator app",
    [TotpWrong, TotpUsed, TotpClockOff, TooManyRequests, Conflict, Forbidden]
)
.operation_ids(&["deleteMyTotp"]);

/// Code that proves that the owner asks: `totp_code` or `recovery_code`.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TotpDelete {
    /// Code that the app shows now. It counts if both codes are sent.
    totp_code: Option<TotpCode>,
    /// Recovery code that was not used yet, for an owner without the app.
    recovery_code: Option<RecoveryCode>,
}

async fn delete_totp(
    State(app): State<App>,
    origin: Origin,
    caller: AccountOwner,
    Json { value: asked, .. }: Json<TotpDelete>,
) -> Result<NoContent> {
    let missing = || Error::invalid_field("totp_code", "is required, or recovery_code");
    let factor = SecondFactor::of(asked.totp_code, asked.recovery_code).ok_or_else(missing)?;
    let account = own(&app, &caller.id).await?;
    let subject = ThrottleSubject::signed_in(counting_key(&app), &account.id);
    change_with_code(&app, &origin, &subject, &account, |account, check| {
        account.check_active()?;
        account.with_second_factor(&check.secret, &factor, check.now, check.by)?;
        Ok(account.without_totp())
    })
    .await?;
    Ok(NoContent)
}
