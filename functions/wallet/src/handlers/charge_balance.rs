//! `POST /balance/charge`: adds money to the caller's own balance, where the deployment allows it.

use axum::extract::State;
use dibs_http::{Created, IdempotencyKey, Json, Route, User, axum, route};
use domain::wallet::charge_amount;
use domain::{Code, Error, Result};
use runtime::{App, add_entity};
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Number;

use crate::services::ledger::charge;
use crate::views::EntryView;

pub static ROUTE: Route = route!(
    /// Adds the amount to the caller's balance with an entry of the ledger. An `Idempotency-Key` is
    /// remembered for a day.
    POST ["/balance/charge"] "wallet-charge-balance" charge_balance,
    "Add money to your own balance; an `Idempotency-Key` is remembered for a day",
    [InvalidAmount, SelfChargeOff, AccountClosed]
);

/// Amount to add to the caller's balance.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BalanceCharge")]
pub struct NewCharge {
    /// Amount to add, a whole number from 1 to 10,000,000, in whole units of the currency. Any other value is
    /// refused with `INVALID_AMOUNT`.
    #[schemars(with = "f64")]
    pub amount: Number,
}

async fn charge_balance(
    State(app): State<App>,
    user: User,
    key: IdempotencyKey,
    Json { value, fingerprint }: Json<NewCharge>,
) -> Result<Created<EntryView>> {
    if !app.settings().self_charge {
        let text = "Users cannot charge their own balance here; pay through the payment provider instead.";
        return Err(Error::refused(Code::SelfChargeOff, text));
    }
    let amount = charge_amount(&value.amount)?;
    let request = key.keyed_fingerprint(&[ROUTE.name], &fingerprint);
    let entry = charge(&app, &user.id, amount, request).await?;
    add_entity(&entry.id());
    Ok(Created((&entry).into()))
}
