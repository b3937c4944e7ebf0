//! `POST /queues/{queue_id}/tokens`: enters a waiting room.

use axum::extract::State;
use dibs_http::{Created, NoBody, Origin, Path, Route, User, axum, route};
use domain::Result;
use domain::ids::QueueId;
use domain::waiting_room::QueueToken;
use runtime::App;

use crate::services::positions::join;
use crate::views::QueueTokenView;

pub static ROUTE: Route = route!(
    /// Joins the queue at its end and returns a queue token. A user who is in the queue already keeps the
    /// place, and a repeat returns a queue token for it.
    POST ["/queues/{queue_id}/tokens"] "waiting-room-join-queue" join_queue,
    "Join a queue, or get the place that you have in it already",
    [QueueClosed]
);

async fn join_queue(
    State(app): State<App>,
    user: User,
    origin: Origin,
    Path(id): Path<QueueId>,
    _: NoBody,
) -> Result<Created<QueueTokenView>> {
    let room = app.store().get_waiting_room_cached(&id, app.now()).await?;
    let entry = join(&app, &room, &user.id, origin.received_at).await?;
    let ticket = app.tokens().sign_queue_token(&QueueToken::from(&entry))?;
    Ok(Created(QueueTokenView { ticket, joined_at: entry.joined_at }))
}
