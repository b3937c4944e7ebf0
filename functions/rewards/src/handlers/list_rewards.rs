//! `GET /rewards`: lists reward definitions, newest first, for staff.

use axum::extract::State;
use dibs_http::{Cursor, Limit, Page, Query, Reader, Route, axum, route};
use domain::Result;
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::list::{ListPosition, ListRange};

use crate::views::reward::RewardView;
use dibs_http::collect_filtered;

pub static ROUTE: Route = route!(
    /// Returns the definitions of rewards, page by page.
    GET ["/rewards"] "rewards-list-rewards" list_rewards, "List rewards, newest first", []
);

/// Query of the list of rewards: the page to return.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Rewards {
    /// Maximum number of entries to return, 1 to 100, by default 20.
    #[serde(default)]
    limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    cursor: Option<Cursor>,
}

async fn list_rewards(
    State(app): State<App>,
    _: Reader,
    Query(asked): Query<Rewards>,
) -> Result<Page<RewardView>> {
    let after: Option<ListPosition> = asked.cursor.map(|cursor| cursor.position()).transpose()?;
    let limit = asked.limit.0;
    let read = async |after, at_once| {
        app.store().list_rewards(&ListRange { after, ..ListRange::default() }, at_once).await
    };
    let (rewards, next) = collect_filtered(limit, limit + 1, after, read, |_| true).await?;
    let entries = rewards.iter().map(|(_, reward)| reward.into()).collect();
    Ok(Page { entries, next_cursor: next.and_then(|next| Cursor::of(&next)) })
}
