//! `GET /concerts/{concert_id}/dates/{date}/seats`: returns all seats of a date with their status.

use axum::extract::State;
use dibs_http::{Done, Path, QueueTokenHeader, Route, User, axum, route};
use domain::Result;
use domain::concerts::Date;
use domain::ids::ConcertId;
use runtime::App;
use waiting_room::services::admission::require_admission;

use crate::views::concert::SeatMapView;

pub static ROUTE: Route = route!(
    /// Returns each seat of a date as available, held or sold, and which of them are the caller's. If a
    /// queue guards the concert, send the queue token in `X-Queue-Token`.
    GET ["/concerts/{concert_id}/dates/{date}/seats"] "concerts-list-seats" list_seats,
    "List every seat of a date with its status, at most a second old",
    [QueueTokenRequired, QueueTokenInvalid, QueueTokenExpired]
);

async fn list_seats(
    State(app): State<App>,
    user: User,
    token: QueueTokenHeader,
    Path((id, date)): Path<(ConcertId, Date)>,
) -> Result<Done<SeatMapView>> {
    let now = app.now();
    let concert = app.store().get_concert_cached(&id, now).await?;
    require_admission(&app, concert.queue_id.as_ref(), &user.id, &token).await?;
    let date = app.store().get_date_cached(&id, date, now).await?;
    let states = app.store().get_seats_cached(&date, now).await?;
    Ok(Done(SeatMapView::at(&date, &states, &user.id, now)))
}
