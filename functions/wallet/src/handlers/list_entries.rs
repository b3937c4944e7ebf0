//! `GET /balance/ledger`: lists the entries of the caller's money ledger, newest first.

use axum::extract::State;
use dibs_http::{Cursor, Limit, Page, Query, Route, User, axum, page, route};
use domain::Result;
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::LedgerRange;

use crate::views::EntryView;

pub static ROUTE: Route = route!(
    /// Returns the charges and payments of the caller, page by page, each with the balance after it.
    GET ["/balance/ledger"] "wallet-list-entries" list_entries,
    "List the changes of your own balance, newest first",
    []
)
.operation_ids(&["listBalanceEntries"]);

/// Query of the caller's balance ledger: the page to return.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Entries {
    /// Maximum number of entries to return, 1 to 100, by default 20.
    #[serde(default)]
    limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    cursor: Option<Cursor>,
}

async fn list_entries(
    State(app): State<App>,
    user: User,
    Query(asked): Query<Entries>,
) -> Result<Page<EntryView>> {
    let before: Option<u64> = asked.cursor.map(|cursor| cursor.position()).transpose()?;
    let limit = asked.limit.0;
    let newest = LedgerRange { before, limit: limit + 1, consistent: true };
    let entries = app.store().entries(&user.id, newest).await?;
    Ok(page(entries, limit, |entry| entry.number, |entry| entry.into()))
}
