//! `DELETE /queues/{queue_id}/tokens/me`: leaves a waiting room.

use axum::extract::State;
use dibs_http::{NoBody, NoContent, Path, Route, User, axum, route};
use domain::ids::QueueId;
use domain::queue::QueuePosition;
use domain::{BusyReason, Error, Result};
use runtime::App;
use store::{LeaveOutcome, Saved};

use crate::services::positions::{EntryStanding, not_in_line, standing};

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
    let joining = store.joining(&id, &user.id).await?.ok_or_else(not_in_line)?;
    match standing(&app, &joining, true).await? {
        EntryStanding::At(number) => {
            store.leave_position(&QueuePosition { queue_id: id, number }).await?;
        }
        EntryStanding::Waiting { .. } | EntryStanding::Nowhere { .. } => {
            match store.leave_bucket(&id, joining.page, &joining.joiner(), joining.joined_at).await? {
                LeaveOutcome::At(number) => {
                    store.leave_position(&QueuePosition { queue_id: id, number }).await?;
                }
                LeaveOutcome::Unplaced | LeaveOutcome::BeingPlaced => {}
            }
        }
    }
    if joining.left {
        return Ok(NoContent);
    }
    match store.save_queue_entry(&joining.leave()).await? {
        Saved::Done => Ok(NoContent),
        Saved::Conflict(_) => Err(Error::busy(BusyReason::QueueEntry)),
    }
}
