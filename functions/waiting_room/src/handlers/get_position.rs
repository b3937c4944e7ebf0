//! `GET /queues/{queue_id}/tokens/me`: returns the caller's position and a new queue token.

use axum::extract::State;
use dibs_http::{Done, Path, QueueTokenHeader, Route, User, axum, route};
use domain::Result;
use domain::ids::QueueId;
use runtime::App;

use crate::services::place::position_view;
use crate::views::PositionView;

pub static ROUTE: Route = route!(
    /// Returns the place of the caller, the time that is left, and a newer queue token. Once the status is
    /// `active`, send this token in `X-Queue-Token` to the operations that the queue guards. Without a
    /// queue token the response is the same, but the call costs the service more.
    GET ["/queues/{queue_id}/tokens/me"] "waiting-room-get-position" get_position,
    "Get your place in a queue; send your newest queue token in `X-Queue-Token` to make the call cheap",
    [NotInQueue, QueueTokenInvalid]
)
.operation_ids(&["getQueuePosition"]);

async fn get_position(
    State(app): State<App>,
    user: User,
    token: QueueTokenHeader,
    Path(id): Path<QueueId>,
) -> Result<Done<PositionView>> {
    let room = app.store().get_waiting_room_cached(&id, app.now()).await?;
    Ok(Done(position_view(&app, &room, &user.id, token.0.as_deref(), false).await?))
}
