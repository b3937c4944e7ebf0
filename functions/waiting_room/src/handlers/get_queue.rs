//! `GET /queues/{queue_id}`: returns the progress of a waiting room, the same for all users.

use axum::extract::State;
use dibs_http::{Done, Path, Route, Shared, axum, route};
use domain::Result;
use domain::ids::QueueId;
use runtime::App;

use crate::views::WaitingRoomProgress;

pub static ROUTE: Route = route!(
    /// Returns the progress of a queue. The response is the same for every caller and may be shared by caches.
    GET ["/queues/{queue_id}"] "waiting-room-get-queue" get_queue,
    "Get the progress of a queue, the same cacheable document for every user who waits",
    []
);

async fn get_queue(
    State(app): State<App>,
    Path(id): Path<QueueId>,
) -> Result<Shared<Done<WaitingRoomProgress>>> {
    let now = app.now();
    let room = app.store().get_waiting_room_cached(&id, now).await?;
    Ok(Shared(Done(WaitingRoomProgress::of(&room, now))))
}
