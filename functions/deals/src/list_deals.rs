//! `GET /timedeals`: lists time deals by status and start.

use axum::extract::State;
use domain::deals::{Position, Status};
use domain::ids::DealId;
use domain::products::Category;
use domain::{Result as DomainResult, Timestamp};
use edge::{
    App, Cursor, Limit, Page, PageNumber, PageWith, Query, Result, Route, Shared, Turn, Whole, axum, route,
};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::HashMap;
use store::{AllDeals, DealNow, PastDeal};

use crate::views::deal::DealView;

pub static ROUTE: Route = route!(
    GET ["/timedeals"] "deals-list-deals" list_deals,
    "List time deals: the active ones, the scheduled ones, then the rest, each by when they begin",
    []
);

/// Which deals.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Filter {
    /// In this status now.
    pub status: Option<Status>,
    /// Of a product of this kind.
    pub category: Option<Category>,
    page: Option<PageNumber>,
    per_page: Option<Limit>,
    limit: Option<Limit>,
    cursor: Option<Cursor>,
}

async fn list_deals(
    State(app): State<App>,
    Query(asked): Query<Filter>,
) -> Result<Shared<PageWith<DealView, Whole>>> {
    let now = app.now();
    let with_past = matches!(asked.status, None | Some(Status::Ended | Status::Canceled));
    let all = app.store().all_deals(with_past, now).await?;
    let keep = |status, category| {
        asked.status.is_none_or(|wanted| status == wanted)
            && asked.category.is_none_or(|wanted| category == wanted)
    };
    let listed = in_order(&all, keep, now);
    let turn = Turn { page: asked.page, per_page: asked.per_page, limit: asked.limit, cursor: asked.cursor };
    let PageWith { page, meta } = turn.of(listed, |(position, _)| position.clone())?;
    let entries = views(&app, &page.entries, now).await?;
    Ok(Shared(PageWith { page: Page { entries, next_cursor: page.next_cursor }, meta }))
}

/// A deal in the list: a current one as stored, or a past one from the index.
enum Listed<'a> {
    Current(&'a DealNow),
    Past(&'a PastDeal),
}

/// Lists the deals that pass `keep` in order of their positions.
fn in_order(
    all: &AllDeals,
    keep: impl Fn(Status, Category) -> bool,
    now: Timestamp,
) -> Vec<(Position, Listed<'_>)> {
    let current = all.current.iter().map(|found| {
        let (deal, status) = (&found.deal, found.deal.status_at(now, found.available()));
        let position = Position::new(status, deal.starts_at, deal.id.clone());
        (status, deal.product.category, position, Listed::Current(found))
    });
    let past = all.past.iter().map(|deal| {
        let position = Position::new(deal.status, deal.starts_at, deal.id.clone());
        (deal.status, deal.category, position, Listed::Past(deal))
    });
    let kept = current.chain(past).filter(|(status, category, ..)| keep(*status, *category));
    let mut listed: Vec<_> = kept.map(|(_, _, position, deal)| (position, deal)).collect();
    listed.sort_by(|(one, _), (other, _)| one.cmp(other));
    listed
}

/// Builds the response views. Past deals come from the index, which holds keys only, so their items are read
/// here.
async fn views(app: &App, listed: &[(Position, Listed<'_>)], now: Timestamp) -> DomainResult<Vec<DealView>> {
    let ids = listed.iter().filter_map(|(_, deal)| match deal {
        Listed::Current(_) => None,
        Listed::Past(deal) => Some(deal.id.clone()),
    });
    let past = app.store().deals(&ids.collect::<Vec<_>>()).await?;
    let past: HashMap<DealId, DealNow> =
        past.into_iter().map(|found| (found.deal.id.clone(), found)).collect();
    let found = listed.iter().filter_map(|(_, deal)| match deal {
        Listed::Current(found) => Some(*found),
        Listed::Past(deal) => past.get(&deal.id),
    });
    Ok(found.map(|found| DealView::at(found, now)).collect())
}
