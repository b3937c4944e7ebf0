//! Service that enters users into a waiting room and finds their queue entries again.
//!
//! A queue entry for each user names their arrival bucket and decides about repeats. The arrival bucket
//! decides whether the user arrived in time: a frozen bucket accepts nobody, and they go to a later one.

use domain::ids::UserId;
use domain::queue::{
    ArrivalStatus, PositionEnd, PositionState, QueueEntry, QueuePosition, WaitingRoom, WaitingRoomStatus,
};
use domain::{BusyReason, Code, Error, Result, Timestamp};
use runtime::App;
use store::{JoinOutcome, Saved, TryResult, retry};

/// State of a queue entry in its arrival bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryStanding {
    /// The bucket does not contain the entry, or its user has left.
    Nowhere {
        /// Whether the bucket may still accept the entry.
        open: bool,
    },
    /// The bucket contains the entry, but has no positions yet.
    Waiting {
        /// Whether the bucket is frozen, so that the entry gets a position even if its user leaves.
        frozen: bool,
    },
    /// The entry has this position.
    At(u64),
}

/// Enters `user`, who arrived `at`, or returns their present queue entry. A user whose position has ended
/// enters again.
///
/// # Errors
/// `QUEUE_CLOSED` when the waiting room is closed and the user is not in it; `BUSY` when every arrival bucket
/// was frozen first.
pub async fn join(app: &App, room: &WaitingRoom, user: &UserId, at: Timestamp) -> Result<QueueEntry> {
    let store = app.store();
    let mut joining = QueueEntry::new(user.clone(), room, at);
    if room.status == WaitingRoomStatus::Closed {
        joining = store.joining(&room.id, user).await?.ok_or_else(closed)?;
        return if is_in_line(app, room, &joining).await? { Ok(joining) } else { Err(closed()) };
    }
    let attempt = async |joining: QueueEntry| {
        let mut joining = joining;
        if let Saved::Conflict(there) = store.save_queue_entry(&joining).await? {
            let there = *there.ok_or_else(|| Error::busy(BusyReason::QueueEntry))?;
            match standing(app, &there, true).await? {
                EntryStanding::Waiting { .. } => return Ok(TryResult::Done(there)),
                EntryStanding::At(_) if is_in_line(app, room, &there).await? => {
                    return Ok(TryResult::Done(there));
                }
                EntryStanding::Nowhere { open: true } => joining = there,
                EntryStanding::At(_) | EntryStanding::Nowhere { open: false } => {
                    return Ok(TryResult::Lost(there.again(room, at)));
                }
            }
        }
        Ok(match store.join_bucket(&room.id, joining.page, &joining.joiner(), joining.joined_at).await? {
            JoinOutcome::There(_) => TryResult::Done(joining),
            // The arrival bucket was frozen first.
            JoinOutcome::Elsewhere => TryResult::Lost(joining.later(room, at)),
        })
    };
    retry(BusyReason::QueueEntry, joining, attempt).await
}

/// Returns the state of a queue entry in its arrival bucket. The bucket is read eventually consistent
/// first. With `fresh` it is read again, strongly consistent, unless the entry has a position.
pub async fn standing(app: &App, joining: &QueueEntry, fresh: bool) -> Result<EntryStanding> {
    let store = app.store();
    let mut page = store.get_bucket_eventual(&joining.queue_id, joining.page).await?;
    if fresh && !matches!(page.find(&joining.joiner()), ArrivalStatus::Placed(_)) {
        let pages = store.pages(&joining.queue_id, &[joining.page]).await?;
        page = pages.into_iter().next().map(|(_, page)| page).unwrap_or_default();
    }
    Ok(match page.find(&joining.joiner()) {
        ArrivalStatus::NotYet => EntryStanding::Nowhere { open: !joining.left },
        ArrivalStatus::TooLate | ArrivalStatus::Left => EntryStanding::Nowhere { open: false },
        ArrivalStatus::Waiting { frozen } => EntryStanding::Waiting { frozen },
        ArrivalStatus::Placed(position) => EntryStanding::At(position),
    })
}

/// Returns whether a queue entry waits or is admitted: its user has not left, and its position has not ended.
async fn is_in_line(app: &App, room: &WaitingRoom, joining: &QueueEntry) -> Result<bool> {
    let number = match standing(app, joining, true).await? {
        EntryStanding::Nowhere { .. } => return Ok(false),
        EntryStanding::Waiting { .. } => return Ok(true),
        EntryStanding::At(number) => number,
    };
    let state =
        app.store().get_position_state(&QueuePosition { queue_id: joining.queue_id.clone(), number }).await?;
    Ok(end_of(room, number, state, app.now()).is_none())
}

/// Returns how a position has ended, as recorded in its admission block or by the clock. `None` while it is
/// open.
pub fn end_of(
    room: &WaitingRoom,
    position: u64,
    state: PositionState,
    now: Timestamp,
) -> Option<PositionEnd> {
    state.end.or_else(|| {
        let overdue = room.deadline(position, state).filter(|(at, _)| *at <= now);
        overdue.map(|(_, end)| end)
    })
}

fn closed() -> Error {
    Error::refused(
        Code::QueueClosed,
        "This queue is closed to new users; GET /queues/{queue_id} shows when it is open.",
    )
}

/// Builds the error `NOT_IN_QUEUE`, for a user who has no open position in the waiting room.
pub fn not_in_line() -> Error {
    Error::refused(Code::NotInQueue, "You are not in this queue; join it first.")
}
