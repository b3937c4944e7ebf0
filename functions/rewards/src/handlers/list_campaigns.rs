//! `GET /events`: lists events, newest first; active ones for users, all for staff.

use crate::services::campaigns::browse;
use axum::extract::State;
use dibs_http::{Cursor, Limit, Page, Query, Route, SignedIn, axum, route};
use domain::Result;
use domain::campaigns::{Campaign, CampaignStatus};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::list::ListPosition;

use crate::views::campaign::CampaignView;

pub static ROUTE: Route = route!(
    /// Returns events page by page. Users see active ones alone; staff see drafts and ended ones, too.
    GET ["/events"] "rewards-list-campaigns" list_campaigns,
    "List events, newest first; users see active ones, staff see all",
    []
);

/// Query of the list of events: filters and the page to return.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct CampaignFilter {
    /// Status of the events to list, as it is now. Without it the events of every status are listed.
    pub status: Option<CampaignStatus>,
    /// Maximum number of entries to return, 1 to 100, by default 20.
    #[serde(default)]
    limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    cursor: Option<Cursor>,
}

async fn list_campaigns(
    State(app): State<App>,
    caller: SignedIn,
    Query(filter): Query<CampaignFilter>,
) -> Result<Page<CampaignView>> {
    let now = app.now();
    let after: Option<ListPosition> = filter.cursor.map(|cursor| cursor.position()).transpose()?;
    let keep = |campaign: &Campaign| {
        (caller.reads_all() || campaign.is_visible_at(now))
            && filter.status.is_none_or(|status| campaign.status_at(now) == status)
    };
    let (campaigns, next) = browse(&app, after, filter.limit.0, keep).await?;
    let entries = campaigns.iter().map(|(_, campaign)| CampaignView::at(campaign, now)).collect();
    Ok(Page { entries, next_cursor: next.and_then(|next| Cursor::of(&next)) })
}
