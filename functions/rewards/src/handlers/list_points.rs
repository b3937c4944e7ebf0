//! `GET /points/ledger`: lists the caller's point entries, newest first.

use axum::extract::State;
use dibs_http::{Cursor, Limit, Page, Query, Route, User, axum, route};
use domain::Result;
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::inventory::PointsView;
use dibs_http::page;

pub static ROUTE: Route = route!(
    /// Returns the entries of the caller's point ledger, page by page, each with the balance after it.
    GET ["/points/ledger"] "rewards-list-points" list_points,
    "List the additions to your points, newest first",
    []
)
.operation_ids(&["listPointEntries"]);

/// Query of the caller's points ledger: the page to return.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PointsPage {
    /// Maximum number of entries to return, 1 to 100, by default 20.
    #[serde(default)]
    limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    cursor: Option<Cursor>,
}

async fn list_points(
    State(app): State<App>,
    user: User,
    Query(asked): Query<PointsPage>,
) -> Result<Page<PointsView>> {
    let before: Option<u64> = asked.cursor.map(|cursor| cursor.position()).transpose()?;
    let limit = asked.limit.0;
    let entries = app.store().list_points_added(&user.id, before, limit + 1).await?;
    Ok(page(entries, limit, |entry| entry.number, |entry| entry.into()))
}
