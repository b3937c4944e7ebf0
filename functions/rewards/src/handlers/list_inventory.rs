//! `GET /inventory`: lists the caller's items, coupons and badges.

use axum::extract::State;
use dibs_http::{Cursor, Limit, PageWith, Query, Route, User, axum, route};
use domain::{Points, Result};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::LedgerRange;

use crate::views::inventory::{InventoryMeta, InventoryView};
use dibs_http::page;

pub static ROUTE: Route = route!(
    /// Returns what was granted to the caller, page by page, and the sum of the points in `meta.points`.
    GET ["/inventory"] "rewards-list-inventory" list_inventory,
    "List the items, coupons and badges granted to you, event by event, with your points in `meta`",
    []
);

/// Query of the caller's inventory: the page to return.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Inventory {
    /// Maximum number of entries to return, 1 to 100, by default 20.
    #[serde(default)]
    limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    cursor: Option<Cursor>,
}

async fn list_inventory(
    State(app): State<App>,
    user: User,
    Query(asked): Query<Inventory>,
) -> Result<PageWith<InventoryView, InventoryMeta>> {
    let after: Option<String> = asked.cursor.map(|cursor| cursor.position()).transpose()?;
    let limit = asked.limit.0;
    let grants = app.store().grants(&user.id, after.as_deref(), limit + 1).await?;
    let newest = LedgerRange { limit: 1, consistent: true, ..LedgerRange::default() };
    let entries = app.store().list_point_entries(&user.id, newest).await?;
    let points = entries.first().map_or(Points::ZERO, |entry| entry.balance);
    let page = page(grants, limit, |grant| grant.id.clone(), |grant| grant.into());
    Ok(PageWith { page, meta: InventoryMeta { points } })
}
