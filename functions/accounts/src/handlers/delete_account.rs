//! `DELETE /auth/me`: closes the caller's account and erases its personal data.

use config::ExposeSecret;
use dibs_http::axum::extract::State;
use dibs_http::axum::http::HeaderValue;
use dibs_http::axum::response::{IntoResponse, Response};
use dibs_http::{Describe, Json, NoContent, Operation, Origin, Route, SignedIn, route};
use domain::accounts::{Account, EmailHash};
use domain::wallet::NewestEntries;
use domain::{BusyReason, Code, Error, Money, Result, Timestamp};
use runtime::{App, add_entity};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::{AccountClosure, ChangedBy, LedgerRange, TryResult, retry};

use crate::services::cookies::WithoutToken;
use crate::services::credentials;
use crate::services::own_account::own;
use crate::services::passwords::PasswordProof;

/// Route that closes the caller's account.
pub static ROUTE: Route = route!(
    /// Closes the account permanently, once the password is checked: held seats and units are given back,
    /// all sessions end, and the personal data is erased. A repeat gets `UNAUTHORIZED`, since the account
    /// is closed. `FORBIDDEN` means that the account is inactive or banned.
    DELETE ["/auth/me"] "accounts-delete-account" delete_account,
    "Close your own account and erase its personal data, but keep a keyed hash of the e-mail address \
     until the time in the header `Email-Hash-Kept-Until`, so that nobody gets what is limited to once a \
     person again",
    [InvalidCredentials, TooManyRequests, BalanceRemains, LastAdministrator, Forbidden]
);

/// Response header with the time until which the keyed hash of the e-mail address is kept.
const KEPT_UNTIL: &str = "email-hash-kept-until";
const DAY_SECONDS: i64 = 24 * 60 * 60;

/// Request to close the caller's own account.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AccountClose {
    /// Present password of the account, as proof that its owner asks.
    current_password: PasswordProof,
    /// Whether the balance that is left may be lost, `false` by default. Otherwise an account with a
    /// balance is not closed: 409 `BALANCE_REMAINS`.
    #[serde(default)]
    forfeit: bool,
}

/// Error details of `BALANCE_REMAINS`: the balance that would be lost.
#[derive(Serialize)]
struct Remaining {
    balance: Money,
}

/// Response 204 after closing, with the time until which the keyed hash of the e-mail address is kept.
struct Closed {
    email_hash_kept_until: Timestamp,
}

impl IntoResponse for Closed {
    fn into_response(self) -> Response {
        let mut response = NoContent.into_response();
        if let Ok(until) = HeaderValue::from_str(&self.email_hash_kept_until.to_string()) {
            response.headers_mut().insert(KEPT_UNTIL, until);
        }
        response
    }
}

impl Describe for Closed {
    fn describe(operation: &mut Operation) {
        NoContent::describe(operation);
    }
}

async fn delete_account(
    State(app): State<App>,
    origin: Origin,
    caller: SignedIn,
    Json { value: asked, .. }: Json<AccountClose>,
) -> Result<WithoutToken<Closed>> {
    add_entity(&caller.id);
    let seen = own(&app, &caller.id).await?;
    seen.check_active()?;
    let account = credentials::check_own(&app, &origin, seen, asked.current_password.as_str()).await?;
    let hash_seen = account.person()?.password_hash.clone();
    let attempt = async |account: Account| {
        if let Some(closed) = close(&app, &account, asked.forfeit).await? {
            return Ok(TryResult::Done(closed));
        }
        let account = own(&app, &caller.id).await?;
        if account.person()?.password_hash == hash_seen {
            return Ok(TryResult::Conflict(account));
        }
        let message = "The password was changed in the same moment; close again with the new one.";
        Err(Error::refused(Code::InvalidCredentials, message))
    };
    Ok(WithoutToken(retry(BusyReason::Account, account, attempt).await?))
}

/// Closes the account as it was read. Returns `None`, with nothing written, when the account or its ledger
/// changed meanwhile.
async fn close(app: &App, account: &Account, forfeit: bool) -> Result<Option<Closed>> {
    let (settings, now) = (app.settings(), app.now());
    // The key is checked before the balance is read, so that a function without the key does nothing.
    EmailHash::new(settings.email_hash_key.expose_secret(), &account.person()?.email)?;
    let newest = LedgerRange { before: None, limit: 1, consistent: true };
    let ledger =
        NewestEntries::of(account.id.clone(), app.store().entries(&account.id, newest).await?, false)?;
    if ledger.balance() > Money::ZERO && !forfeit {
        return Err(Error::refused(
            Code::BalanceRemains,
            "Your balance would be lost: spend it first, or close with `forfeit: true`.",
        )
        .with_details(Remaining { balance: ledger.balance() }));
    }
    let last_entry = ledger.close(app.nonce(), now);
    let closing = AccountClosure {
        by: ChangedBy {
            actor: &account.id,
            epoch: None,
            email_hash_key: settings.email_hash_key.expose_secret(),
            at: now,
        },
        email_hash_days: settings.email_hash_days,
        last_entry: &last_entry,
    };
    let Some(revocation) = app.store().close_account(account, &closing).await? else { return Ok(None) };
    app.revocations().note(Some(revocation)).await;
    let email_hash_kept_until = now.plus_seconds(i64::from(settings.email_hash_days) * DAY_SECONDS);
    Ok(Some(Closed { email_hash_kept_until }))
}
