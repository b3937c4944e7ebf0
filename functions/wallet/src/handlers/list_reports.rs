//! `GET /payments/reports`: lists provider reports that could not be booked, for staff.

use axum::extract::State;
use dibs_http::{Cursor, Limit, Page, Query, Reader, Route, axum, collect_filtered, route};
use domain::Result;
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::list::{ListPosition, ListRange};

use crate::views::ReportView;

pub static ROUTE: Route = route!(
    /// Returns the reports that were refused and kept, page by page. Money may have moved at the provider, so staff
    /// compare each with the provider's records.
    GET ["/payments/reports"] "wallet-list-reports" list_reports,
    "List the reports of the payment provider that could not be booked, newest first",
    []
)
.operation_ids(&["listPaymentReports"]);

/// Query of the list of kept payment reports: the page to return.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reports {
    /// Maximum number of entries to return, 1 to 100, by default 20.
    #[serde(default)]
    limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    cursor: Option<Cursor>,
}

async fn list_reports(
    State(app): State<App>,
    _: Reader,
    Query(asked): Query<Reports>,
) -> Result<Page<ReportView>> {
    let after: Option<ListPosition> = asked.cursor.map(|cursor| cursor.position()).transpose()?;
    let limit = asked.limit.0;
    let read = async |after, at_once| {
        app.store().list_reports(&ListRange { after, ..ListRange::default() }, at_once).await
    };
    let (reports, next) = collect_filtered(limit, limit + 1, after, read, |_| true).await?;
    let entries = reports.into_iter().map(|(_, report)| report.into()).collect();
    Ok(Page { entries, next_cursor: next.and_then(|next| Cursor::of(&next)) })
}
