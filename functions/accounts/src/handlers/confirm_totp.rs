//! `POST /users/me/totp/confirm`: confirms an authenticator app with one of its codes.

use dibs_http::axum::extract::State;
use dibs_http::{AccountOwner, Done, Json, Origin, Route, route};
use domain::Result;
use domain::accounts::{RECOVERY_CODES, RecoveryCode, ThrottleSubject, TotpCode};
use runtime::App;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::services::credentials::counting_key;
use crate::services::own_account::own;
use crate::services::second_factor::change_with_code;

/// Route that confirms an authenticator app.
pub static ROUTE: Route = route!(
    /// Confirms the enrolled app with its present code, and returns ten recovery codes, which are shown only here.
    /// Every session ends, and each sign-in takes a code from then on. After a lost response, sign in with a code,
    /// remove the app and enrol it anew. `CONFLICT` means that no app waits for its confirmation, `FORBIDDEN` that
    /// the account is inactive or banned.
    POST ["/users/me/totp/confirm"] "accounts-confirm-totp" confirm_totp,
    "Confirm your authenticator app and get recovery codes",
    [TotpWrong, TotpClockOff, TooManyRequests, Conflict, Forbidden]
)
.operation_ids(&["confirmMyTotp"]);

/// Code of the app that is confirmed.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TotpConfirmation {
    /// Code that the app shows now.
    totp_code: TotpCode,
}

/// Recovery codes of an account, shown once.
#[derive(Serialize, JsonSchema)]
struct RecoveryCodes {
    /// Codes that each replace one code of the app, once: print them or keep them in a password manager.
    recovery_codes: Vec<String>,
}

async fn confirm_totp(
    State(app): State<App>,
    origin: Origin,
    caller: AccountOwner,
    Json { value: asked, .. }: Json<TotpConfirmation>,
) -> Result<Done<RecoveryCodes>> {
    let account = own(&app, &caller.id).await?;
    let codes: Vec<RecoveryCode> = (0..RECOVERY_CODES).map(|_| RecoveryCode::new(app.entropy())).collect();
    let subject = ThrottleSubject::signed_in(counting_key(&app), &account.id);
    change_with_code(&app, &origin, &subject, &account, |account, check| {
        account.with_totp_confirmed(&check.secret, &asked.totp_code, &codes, check.now, check.by)
    })
    .await?;
    let recovery_codes = codes.iter().map(|code| code.expose().to_owned()).collect();
    Ok(Done(RecoveryCodes { recovery_codes }))
}
