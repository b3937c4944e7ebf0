//! `DELETE /queues/{queue_id}/tokens/me`: leaves a waiting room.

use axum::extract::State;
use dibs_http::{NoBody, NoContent, Path, Route, User, axum, route};
use domain::ids::QueueId;
use domain::waiting_room::PositionKey;
use domain::{BusyReason, Error, Result};
use runtime::App;
use store::{LeaveOutcome, Saved};

use crate::services::positions::{EntryStatus, entry_status, not_in_queue};

pub static ROUTE: Route = route!(
    /// Gives up the place of the caller. One who waits is passed over; one who is admitted makes room at once. A
    /// repeat gets 204 as well.
    DELETE ["/queues/{queue_id}/tokens/me"] "waiting-room-leave-queue" leave_queue,
    "Leave a queue and give your place to the next user",
    [NotInQueue]
);

async fn leave_queue(
    State(app): State<App>,
    user: User,
    Path(id): Path<QueueId>,
    _: NoBody,
) -> Result<NoContent> {
    let store = app.store();
    let entry = store.get_queue_entry_if_exists(&id, &user.id).await?.ok_or_else(not_in_queue)?;
    match entry_status(&app, &entry, true).await? {
        EntryStatus::HasPosition(position) => {
            store.end_as_left(&PositionKey { queue_id: id, position }, app.now()).await?;
        }
        EntryStatus::Waiting { .. } | EntryStatus::Absent { .. } => {
            match store.leave_bucket(&id, entry.bucket, &entry.entry_name(), entry.joined_at).await? {
                LeaveOutcome::HasPosition(position) => {
                    store.end_as_left(&PositionKey { queue_id: id, position }, app.now()).await?;
                }
                LeaveOutcome::NoPosition | LeaveOutcome::PositionPending => {}
            }
        }
    }
    if entry.left {
        return Ok(NoContent);
    }
    match store.save_queue_entry(&entry.leave()).await? {
        Saved::Done => Ok(NoContent),
        Saved::Conflict(_) => Err(Error::busy(BusyReason::QueueEntry)),
    }
}
