//! `POST /users/me/totp`: enrols an authenticator app.

use dibs_http::axum::extract::State;
use dibs_http::{AccountOwner, Created, Json, Origin, Route, route};
use domain::Result;
use domain::accounts::TotpSecret;
use runtime::App;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::services::own_account::own;
use crate::services::passwords::PasswordProof;
use crate::services::{account_changes, credentials, second_factor};

/// Route that enrols an authenticator app.
pub static ROUTE: Route = route!(
    /// Creates the secret of an authenticator app, once the password is checked. The app counts after
    /// `POST /users/me/totp/confirm` with one of its codes; until then a repeat replaces the secret. `CONFLICT` means
    /// that the account has an app, `FORBIDDEN` that it is inactive or banned.
    POST ["/users/me/totp"] "accounts-create-totp" create_totp, "Enrol an authenticator app (TOTP)",
    [InvalidCredentials, TooManyRequests, Conflict, Forbidden]
)
.operation_ids(&["createMyTotp"]);

/// Request to enrol an authenticator app.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TotpCreate {
    /// Present password of the account, so that a stolen access token does not lock its owner out.
    current_password: PasswordProof,
}

/// Secret of an authenticator app, shown once.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "TotpSecret")]
struct TotpEnrolment {
    /// Secret in base 32, for an app without a camera.
    totp_secret: String,
    /// URI to show as a QR code: SHA-1, six digits, 30 seconds.
    otpauth_uri: String,
}

async fn create_totp(
    State(app): State<App>,
    origin: Origin,
    caller: AccountOwner,
    Json { value: asked, .. }: Json<TotpCreate>,
) -> Result<Created<TotpEnrolment>> {
    let seen = own(&app, &caller.id).await?;
    let account = credentials::check_own(&app, &origin, seen, asked.current_password.as_str()).await?;
    let secret = TotpSecret::new([app.entropy(), app.entropy()]);
    let sealed = second_factor::seal(&app, &account, &secret)?;
    let enrolment = TotpEnrolment {
        totp_secret: secret.base32()?,
        otpauth_uri: secret.uri(account.person()?.email.as_str())?,
    };
    let now = app.now();
    account_changes::by_owner(&app, &caller.id, |account| account.with_totp_enrolled(&sealed, now)).await?;
    Ok(Created(enrolment))
}
