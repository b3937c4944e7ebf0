//! `GET /balance`: returns the caller's balance.

use axum::extract::State;
use dibs_http::{Done, Route, User, axum, route};
use domain::Result;
use runtime::App;
use store::LedgerRange;

use crate::views::BalanceView;

pub static ROUTE: Route = route!(
    /// Returns the balance after the newest entry of the caller's ledger.
    GET ["/balance"] "wallet-get-balance" get_balance, "Get your own balance", []
);

async fn get_balance(State(app): State<App>, user: User) -> Result<Done<BalanceView>> {
    let newest = LedgerRange { before: None, limit: 1, consistent: true };
    let entries = app.store().entries(&user.id, newest).await?;
    let last = entries.first();
    Ok(Done(BalanceView {
        balance: last.map_or(0, |entry| entry.balance.0),
        updated_at: last.map(|entry| entry.at),
    }))
}
