//! `GET /events/requests/mine`: lists the caller's claims.

use axum::extract::State;
use dibs_http::{Cursor, Limit, Page, Query, Route, User, axum, route};
use domain::Result;
use domain::ids::CampaignId;
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::claim::entry;
use crate::views::claim::{ClaimView, ClaimViewer};

pub static ROUTE: Route = route!(
    /// Returns the caller's own requests, page by page.
    GET ["/events/requests/mine"] "rewards-list-my-claims" list_my_claims,
    "List your own requests, event by event",
    []
);

/// Query of the caller's requests: the page to return.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct MyClaims {
    /// Maximum number of entries to return, 1 to 100, by default 20.
    #[serde(default)]
    limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    cursor: Option<Cursor>,
}

async fn list_my_claims(
    State(app): State<App>,
    user: User,
    Query(page): Query<MyClaims>,
) -> Result<Page<ClaimView>> {
    let after: Option<CampaignId> = page.cursor.map(|cursor| cursor.position()).transpose()?;
    let claims = app.store().claims_of(&user.id, after.as_ref(), page.limit.0).await?;
    let next_cursor = (claims.len() == page.limit.0)
        .then(|| claims.last().and_then(|claim| Cursor::of(&claim.campaign_id)))
        .flatten();
    // A claim without line items only keeps a crashed request from writing its claim late, so it is left
    // out.
    let claims = claims.iter().filter(|claim| !claim.lines.is_empty());
    let entries = claims.map(|claim| entry(claim, ClaimViewer::Owner)).collect();
    Ok(Page { entries, next_cursor })
}
