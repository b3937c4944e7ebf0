//! Service that enters users into a waiting room and finds their queue entries again.
//!
//! A queue entry for each user names their arrival bucket and decides about repeats. The arrival bucket
//! decides whether the user arrived in time: a frozen bucket accepts nobody, and they go to a later one.

use domain::ids::UserId;
use domain::waiting_room::{
    ArrivalStatus, PositionEnd, PositionKey, PositionState, QueueEntry, QueuePosition, WaitingRoom,
    WaitingRoomStatus,
};
use domain::{BusyReason, Code, Error, Result, Timestamp};
use runtime::App;
use store::{JoinOutcome, Saved, TryResult, retry};

/// State of a queue entry in its arrival bucket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryStatus {
    /// The bucket does not contain the entry, or its user has left.
    Absent {
        /// Whether the bucket may still accept the entry.
        open: bool,
    },
    /// The bucket contains the entry, but has no positions yet.
    Waiting {
        /// Whether the bucket is frozen, so that the entry gets a position even if its user leaves.
        frozen: bool,
    },
    /// The entry has this position.
    HasPosition(QueuePosition),
}

/// Enters `user`, who arrived `at`, or returns their present queue entry. A user whose position has ended
/// enters again.
///
/// # Errors
/// `QUEUE_CLOSED` when the waiting room is closed and the user is not in it; `BUSY` when every arrival bucket
/// was frozen first.
pub async fn join(app: &App, room: &WaitingRoom, user: &UserId, at: Timestamp) -> Result<QueueEntry> {
    let store = app.store();
    let mut entry = QueueEntry::new(user.clone(), room, at);
    if room.status == WaitingRoomStatus::Closed {
        entry = store.get_queue_entry_if_exists(&room.id, user).await?.ok_or_else(closed)?;
        return if is_waiting_or_admitted(app, room, &entry).await? { Ok(entry) } else { Err(closed()) };
    }
    let attempt = async |entry: QueueEntry| {
        let mut entry = entry;
        if let Saved::Conflict(stored) = store.save_queue_entry(&entry).await? {
            let stored = *stored.ok_or_else(|| Error::busy(BusyReason::QueueEntry))?;
            match entry_status(app, &stored, true).await? {
                EntryStatus::Waiting { .. } => return Ok(TryResult::Done(stored)),
                EntryStatus::HasPosition(_) if is_waiting_or_admitted(app, room, &stored).await? => {
                    return Ok(TryResult::Done(stored));
                }
                EntryStatus::Absent { open: true } => entry = stored,
                EntryStatus::HasPosition(_) | EntryStatus::Absent { open: false } => {
                    return Ok(TryResult::Conflict(stored.rejoined(room, at)));
                }
            }
        }
        Ok(match store.join_bucket(&room.id, entry.bucket, &entry.entry_name(), entry.joined_at).await? {
            JoinOutcome::Joined(_) => TryResult::Done(entry),
            // The arrival bucket was frozen first.
            JoinOutcome::NotAccepted => TryResult::Conflict(entry.moved_to_later_window(room, at)),
        })
    };
    retry(BusyReason::QueueEntry, entry, attempt).await
}

/// Returns the state of a queue entry in its arrival bucket. The bucket is read eventually consistent
/// first. With `fresh` it is read again, strongly consistent, unless the entry has a position.
pub async fn entry_status(app: &App, entry: &QueueEntry, fresh: bool) -> Result<EntryStatus> {
    let store = app.store();
    let mut bucket = store.get_arrival_bucket_eventual(&entry.queue_id, entry.bucket).await?;
    if fresh && !matches!(bucket.status_of(&entry.entry_name()), ArrivalStatus::HasPosition(_)) {
        let buckets = store.get_arrival_buckets(&entry.queue_id, &[entry.bucket]).await?;
        bucket = buckets.into_iter().next().map(|(_, bucket)| bucket).unwrap_or_default();
    }
    Ok(match bucket.status_of(&entry.entry_name()) {
        ArrivalStatus::Absent => EntryStatus::Absent { open: !entry.left },
        ArrivalStatus::TooLate | ArrivalStatus::Left => EntryStatus::Absent { open: false },
        ArrivalStatus::Waiting { frozen } => EntryStatus::Waiting { frozen },
        ArrivalStatus::HasPosition(position) => EntryStatus::HasPosition(position),
    })
}

/// Returns whether a queue entry waits or is admitted: its user has not left, and its position has not ended.
async fn is_waiting_or_admitted(app: &App, room: &WaitingRoom, entry: &QueueEntry) -> Result<bool> {
    let position = match entry_status(app, entry, true).await? {
        EntryStatus::Absent { .. } => return Ok(false),
        EntryStatus::Waiting { .. } => return Ok(true),
        EntryStatus::HasPosition(position) => position,
    };
    let key = PositionKey { queue_id: entry.queue_id.clone(), position };
    let state = app.store().get_position_state(&key).await?;
    Ok(end_of(room, position, state, app.now()).is_none())
}

/// Returns how a position has ended, as recorded in its admission block or by the clock. `None` while it is
/// open.
pub fn end_of(
    room: &WaitingRoom,
    position: QueuePosition,
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
pub fn not_in_queue() -> Error {
    Error::refused(Code::NotInQueue, "You are not in this queue; join it first.")
}
