//! `GET /payments`: lists the caller's payments, or those of a user for auditors.

use axum::extract::State;
use dibs_http::{Cursor, Limit, Page, Query, Route, UserOrAuditor, axum, collect_filtered, route};
use domain::accounts::Role;
use domain::ids::UserId;
use domain::wallet::{EntryKind, LedgerEntry};
use domain::{Error, Result};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::LedgerRange;

use crate::views::PaymentView;

pub static ROUTE: Route = route!(
    /// Returns payments page by page. `FORBIDDEN` means that `user_id` names another user and the caller
    /// has neither the role AUDITOR nor ADMIN.
    GET ["/payments"] "wallet-list-payments" list_payments,
    "List your own payments or, as auditor, those of a user, newest first",
    []
);

/// Number of ledger entries that one read returns. Charges among them are dropped.
const READ_AT_ONCE: usize = 100;

/// Query of the list of payments: filter and the page to return.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Payments {
    /// Id of the user to list the payments of, by default the caller. Only auditors may name another user.
    user_id: Option<UserId>,
    /// Maximum number of entries to return, 1 to 100, by default 20.
    #[serde(default)]
    limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    cursor: Option<Cursor>,
}

async fn list_payments(
    State(app): State<App>,
    caller: UserOrAuditor,
    Query(asked): Query<Payments>,
) -> Result<Page<PaymentView>> {
    let user = asked.user_id.as_ref().unwrap_or(&caller.id);
    if *user != caller.id && !caller.is(Role::Auditor) {
        return Err(Error::forbidden());
    }
    let after: Option<u64> = asked.cursor.map(|cursor| cursor.position()).transpose()?;
    let read = async |before, limit| {
        let entries = app.store().entries(user, LedgerRange { before, limit, consistent: true }).await?;
        Ok(entries.into_iter().map(|entry| (entry.number, entry)).collect())
    };
    let is_payment = |entry: &LedgerEntry| entry.kind() == EntryKind::Payment;
    let (found, next) = collect_filtered(asked.limit.0, READ_AT_ONCE, after, read, is_payment).await?;
    let entries = found.iter().map(|(_, entry)| entry.into()).collect();
    Ok(Page { entries, next_cursor: next.as_ref().and_then(Cursor::of) })
}
