//! `GET /concerts`: lists concerts, newest first.

use axum::extract::State;
use dibs_http::{Cursor, Limit, Page, Query, Route, SignedIn, axum, collect_filtered, route};
use domain::Result;
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::list::{ListPosition, ListRange};

use crate::views::concert::ConcertView;

pub static ROUTE: Route = route!(
    /// Returns concerts page by page.
    GET ["/concerts"] "concerts-list-concerts" list_concerts, "List concerts, newest first", []
);

/// Query of the list of concerts: the page to return.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Concerts {
    /// Maximum number of entries to return, 1 to 100, by default 20.
    #[serde(default)]
    limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    cursor: Option<Cursor>,
}

async fn list_concerts(
    State(app): State<App>,
    _: SignedIn,
    Query(asked): Query<Concerts>,
) -> Result<Page<ConcertView>> {
    let after: Option<ListPosition> = asked.cursor.map(|cursor| cursor.position()).transpose()?;
    let limit = asked.limit.0;
    let read = async |after, at_once| {
        app.store().list_concerts(&ListRange { after, ..ListRange::default() }, at_once).await
    };
    let (concerts, next) = collect_filtered(limit, limit + 1, after, read, |_| true).await?;
    let entries = concerts.iter().map(|(_, concert)| concert.into()).collect();
    Ok(Page { entries, next_cursor: next.and_then(|next| Cursor::of(&next)) })
}
