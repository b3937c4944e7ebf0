//! `GET /timedeals`: lists time deals by status and start.

use axum::extract::State;
use dibs_http::{
    Cursor, Limit, Page, PageInfo, PageNumber, PageRequest, PageWith, Query, Route, Shared, axum, route,
};
use domain::Result;
use domain::deals::{DealSortKey, DealStatus};
use domain::ids::DealId;
use domain::products::Category;
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::deal::DealView;

pub static ROUTE: Route = route!(
    /// Returns time deals by numbered page or by cursor, with totals in `meta`. The response is the same for
    /// every caller and may be shared by caches.
    GET ["/timedeals"] "deals-list-deals" list_deals,
    "List time deals, active ones first, then scheduled ones, then all others, each by start time; a deal \
     that sells out moves to the others, and in the totals, within a minute, while its status and figures \
     are at most a second old",
    []
);

/// Query of the list of time deals: filters and the page to return.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DealFilter {
    /// Status of the deals to list, as it is now. Without it the deals of every status are listed.
    pub status: Option<DealStatus>,
    /// Category of the products that the listed deals sell. Without it the deals of every category are
    /// listed.
    pub category: Option<Category>,
    /// Number of the page to return, 1 to 1,000,000, by default 1. It cannot be combined with `limit` or
    /// `cursor`.
    page: Option<PageNumber>,
    /// Maximum number of entries of a numbered page, 1 to 100, by default 20. It cannot be combined with
    /// `limit` or `cursor`.
    per_page: Option<Limit>,
    /// Maximum number of entries to return in a list by cursor, 1 to 100, by default 20.
    limit: Option<Limit>,
    /// Value of `next_cursor` in the page before; absent for the first page.
    cursor: Option<Cursor>,
}

async fn list_deals(
    State(app): State<App>,
    Query(asked): Query<DealFilter>,
) -> Result<Shared<PageWith<DealView, PageInfo>>> {
    let now = app.now();
    let with_past = matches!(asked.status, None | Some(DealStatus::Ended | DealStatus::Canceled));
    let all = app.store().list_deals_cached(with_past, now).await?;
    let has_status = |status| asked.status.is_none_or(|wanted| status == wanted);
    let has_category = |category| asked.category.is_none_or(|wanted| category == wanted);
    let kept = all.iter().filter(|deal| has_status(deal.status_at(now)) && has_category(deal.category));
    let mut listed: Vec<DealSortKey> =
        kept.map(|deal| DealSortKey::new(deal.status_at(now), deal.starts_at, deal.id.clone())).collect();
    listed.sort_unstable();
    let page_request =
        PageRequest { page: asked.page, per_page: asked.per_page, limit: asked.limit, cursor: asked.cursor };
    let PageWith { page, meta } = page_request.of(listed, DealSortKey::clone)?;
    let ids: Vec<DealId> = page.entries.into_iter().map(DealSortKey::into_id).collect();
    let found = app.store().get_deals_cached(&ids, now).await?;
    let entries = found.iter().map(|found| DealView::at(found, now));
    // A deal that has sold out since its entry in the list was written is not shown as active.
    let entries = entries.filter(|deal| has_status(deal.status)).collect();
    Ok(Shared(PageWith { page: Page { entries, next_cursor: page.next_cursor }, meta }))
}
