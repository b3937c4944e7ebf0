//! `GET /reservations`: lists the caller's reservations.

use axum::extract::State;
use dibs_http::{Cursor, Limit, Page, Query, Route, User, axum, page, route};
use domain::Result;
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::reservation::ReservationView;

pub static ROUTE: Route = route!(
    /// Returns the caller's own reservations, page by page.
    GET ["/reservations"] "concerts-list-reservations" list_reservations,
    "List your own reservations in the order of their ids",
    []
);

/// Query of the list of reservations: the page to return.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Reservations {
    /// Maximum number of entries to return, 1 to 100, by default 20.
    #[serde(default)]
    limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    cursor: Option<Cursor>,
}

async fn list_reservations(
    State(app): State<App>,
    user: User,
    Query(asked): Query<Reservations>,
) -> Result<Page<ReservationView>> {
    let after: Option<String> = asked.cursor.map(|cursor| cursor.position()).transpose()?;
    let limit = asked.limit.0;
    let found = app.store().list_reservations_eventual(&user.id, after.as_deref(), limit + 1).await?;
    let now = app.now();
    Ok(page(found, limit, |one| one.id.name().to_owned(), |one| ReservationView::at(one, now)))
}
