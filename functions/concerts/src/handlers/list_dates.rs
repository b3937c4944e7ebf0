//! `GET /concerts/{concert_id}/dates`: lists the upcoming dates of a concert that have free seats.

use axum::extract::State;
use dibs_http::{Cursor, Limit, Page, Path, Query, Route, SignedIn, axum, collect_filtered, route};
use domain::Result;
use domain::concerts::{ConcertDate, Date};
use domain::ids::ConcertId;
use futures::future::try_join_all;
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::concert::DateView;

pub static ROUTE: Route = route!(
    /// Returns the dates from today on that have a free seat now, page by page.
    GET ["/concerts/{concert_id}/dates"] "concerts-list-dates" list_dates,
    "List the dates of a concert that can still be reserved, earliest first",
    []
)
.operation_ids(&["listConcertDates"]);

/// Number of dates that are checked for free seats together.
const READ_AT_ONCE: usize = 20;

/// Query of the list of dates: the page to return.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Dates {
    /// Maximum number of entries to return, 1 to 100, by default 20.
    #[serde(default)]
    limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    cursor: Option<Cursor>,
}

async fn list_dates(
    State(app): State<App>,
    _: SignedIn,
    Path(id): Path<ConcertId>,
    Query(asked): Query<Dates>,
) -> Result<Page<DateView>> {
    let concert = app.store().get_concert_cached(&id, app.now()).await?;
    let yesterday = concert.today(app.now())?.before();
    let after: Option<Date> = asked.cursor.map(|cursor| cursor.position()).transpose()?;
    let after = after.map_or(yesterday, |after| after.max(yesterday));
    let read = async |after, at_once| with_free_seats(&app, &id, after, at_once).await;
    let (dates, next) =
        collect_filtered(asked.limit.0, READ_AT_ONCE, Some(after), read, |(_, has_free_seat)| *has_free_seat)
            .await?;
    let entries = dates.iter().map(|(_, (date, _))| date.into()).collect();
    Ok(Page { entries, next_cursor: next.and_then(|next| Cursor::of(&next)) })
}

/// Returns up to `limit` dates of the concert after the day `after`, each with whether it has a free seat
/// now.
async fn with_free_seats(
    app: &App,
    concert: &ConcertId,
    after: Option<Date>,
    limit: usize,
) -> Result<Vec<(Date, (ConcertDate, bool))>> {
    let dates = app.store().dates(concert, after, limit).await?;
    let looks = dates.iter().map(|date| app.store().has_free_seat(date, app.now()));
    let found = try_join_all(looks).await?;
    Ok(dates.into_iter().zip(found).map(|(date, is_free)| (date.date, (date, is_free))).collect())
}
