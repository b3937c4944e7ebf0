//! `GET /concerts/{concert_id}/dates/{date}/seats/live`: returns the newest snapshot of a date's seats.

use axum::extract::State;
use dibs_http::{Done, Path, Query, QueueTokenHeader, Route, SharedIf, Viewer, axum, route};
use domain::concerts::Date;
use domain::ids::ConcertId;
use domain::live::LiveTopic;
use domain::{Error, Result};
use runtime::App;
use waiting_room::services::admission::require_admission;

use crate::services::topics::snapshot_cached;
use crate::views::{LiveSeatMap, Since};

pub static ROUTE: Route = route!(
    /// Returns the state that subscribers of the topic `concerts/{concert_id}/dates/{date}/seats` have, with the
    /// same versions. With `since`, `data` is null if there is no newer one. If a queue guards the concert, send an
    /// access token and the queue token in `X-Queue-Token`; otherwise the response is the same for every caller and
    /// may be shared by caches for a second.
    GET ["/concerts/{concert_id}/dates/{date}/seats/live"] "live-get-seat-map" get_seat_map,
    "Poll the seats of a date, for clients without a live connection",
    [Unauthorized, Forbidden, QueueTokenRequired, QueueTokenInvalid, QueueTokenExpired]
)
.operation_ids(&["getLiveSeatMap"]);

async fn get_seat_map(
    State(app): State<App>,
    viewer: Viewer,
    token: QueueTokenHeader,
    Path((id, date)): Path<(ConcertId, Date)>,
    Query(since): Query<Since>,
) -> Result<SharedIf<Done<LiveSeatMap>>> {
    let concert = app.store().get_concert_cached(&id, app.now()).await?;
    if concert.queue_id.is_some() {
        let caller = viewer.signed_in()?;
        if !caller.is(domain::accounts::Role::User) {
            return Err(Error::forbidden());
        }
        require_admission(&app, concert.queue_id.as_ref(), &caller.id, &token).await?;
    }
    let state = snapshot_cached(&app, &LiveTopic::SeatMap(id, date)).await?;
    let map = LiveSeatMap { version: state.version, data: since.newer(&state) };
    Ok(SharedIf(concert.queue_id.is_none(), Done(map)))
}
