//! Service that shows a user their place in a waiting room.

use domain::ids::{QueueId, UserId};
use domain::waiting_room::{
    Admission, COUNTING_BLOCK_POSITIONS, PositionEnd, PositionKey, QueuePosition, QueueToken, WaitingRoom,
    counting_block_of, window_due_at,
};
use domain::{BusyReason, Error, Result, Timestamp};
use runtime::{App, Metric, measure};

use super::positions::{EntryStatus, end_of, entry_status, not_in_queue};
use crate::views::{PositionStatus, PositionView};

/// Time in seconds after an arrival bucket was due at which, still without positions, it gets a new
/// message.
const LATE_SECONDS: i64 = 30;

/// Returns the place of `user` in `room`, with a new queue token. `token` is their newest one; without it more is
/// read. With `fresh` the place is not older than the call, else about a
/// second at most, and a late waiting room is woken.
///
/// # Errors
/// `NOT_IN_QUEUE` when the user is not in the queue; `QUEUE_TOKEN_INVALID` when the token is not theirs.
pub async fn position_view(
    app: &App,
    room: &WaitingRoom,
    user: &UserId,
    token: Option<&str>,
    fresh: bool,
) -> Result<PositionView> {
    let now = app.now();
    let mut queue_token = queue_token(app, &room.id, user, token).await?;
    // A client without a queue token would count with each poll, so only those with one are measured.
    let is_first_admission = token.is_some() && queue_token.admission.is_none();
    let Some(position) = position(app, &mut queue_token, fresh).await? else {
        if !fresh && window_due_at(queue_token.bucket.window).plus_seconds(LATE_SECONDS) < now {
            app.store().wake_waiting_room(&room.id, queue_token.bucket, now).await?;
        }
        let signed = app.tokens().sign_queue_token(&queue_token)?;
        return Ok(PositionView::waiting(room, queue_token.joined_at, None, signed, now));
    };
    if position > room.admitted {
        let signed = app.tokens().sign_queue_token(&queue_token)?;
        let position_and_ahead = (position, ahead(app, room, position, now).await?);
        return Ok(PositionView::waiting(room, queue_token.joined_at, Some(position_and_ahead), signed, now));
    }
    admitted_position(app, room, queue_token, position, is_first_admission, fresh).await
}

/// Returns the number of users who are to be admitted before `position`. Reads the counting block of the
/// position only if a waiting user in it has left.
async fn ahead(app: &App, room: &WaitingRoom, position: QueuePosition, now: Timestamp) -> Result<u64> {
    let block = counting_block_of(position);
    let mut gone = room.departed_before(block);
    if room.has_departures(block) {
        let departed = app.store().get_departed_cached(&room.id, block, now).await?;
        let before = room.admitted.max(QueuePosition(block * COUNTING_BLOCK_POSITIONS));
        gone += before.up_to(position.previous()).filter(|one| departed.contains(*one)).count() as u64;
    }
    Ok(position.previous().count_after(room.admitted).saturating_sub(gone))
}

/// Returns the queue token of the request, or one built from the caller's queue entry.
async fn queue_token(app: &App, queue: &QueueId, user: &UserId, token: Option<&str>) -> Result<QueueToken> {
    if let Some(token) = token {
        let queue_token = app.tokens().verify_queue_token(token)?;
        if queue_token.user_id != *user || queue_token.queue_id != *queue {
            return Err(runtime::invalid_queue_token());
        }
        return Ok(queue_token);
    }
    let entry = match app.store().get_queue_entry_eventual(queue, user).await? {
        Some(entry) => Some(entry),
        None => app.store().get_queue_entry_if_exists(queue, user).await?,
    };
    entry.filter(|entry| !entry.left).as_ref().map(QueueToken::from).ok_or_else(not_in_queue)
}

/// Returns the position, or `None` until the arrival bucket has positions. A position never changes, so the
/// token carries it from then on.
async fn position(app: &App, queue_token: &mut QueueToken, fresh: bool) -> Result<Option<QueuePosition>> {
    if queue_token.position.is_none() {
        queue_token.position = match entry_status(app, &queue_token.entry(), fresh).await? {
            EntryStatus::HasPosition(position) => Some(position),
            EntryStatus::Waiting { .. } => None,
            EntryStatus::Absent { .. } => match entry_status(app, &queue_token.entry(), true).await? {
                EntryStatus::HasPosition(position) => Some(position),
                EntryStatus::Waiting { .. } => None,
                EntryStatus::Absent { .. } => return Err(not_in_queue()),
            },
        };
    }
    Ok(queue_token.position)
}

async fn admitted_position(
    app: &App,
    room: &WaitingRoom,
    mut queue_token: QueueToken,
    position: QueuePosition,
    is_first_admission: bool,
    fresh: bool,
) -> Result<PositionView> {
    let (key, now) = (PositionKey { queue_id: room.id.clone(), position }, app.now());
    let mut state = match fresh {
        true => app.store().get_position_state(&key).await?,
        false => app.store().get_position_state_eventual(&key).await?,
    };
    if !fresh && room.admitted_at(position, state).is_none() {
        state = app.store().get_position_state(&key).await?;
    }
    let since = room.admitted_at(position, state).ok_or_else(|| Error::busy(BusyReason::QueueEntry))?;
    let status = match end_of(room, position, state, now) {
        Some(PositionEnd::Left) => return Err(not_in_queue()),
        Some(PositionEnd::Done) => PositionStatus::Done,
        Some(PositionEnd::NoShow | PositionEnd::Expired) => PositionStatus::Expired,
        None => PositionStatus::Active,
    };
    let (token_seconds, no_show_seconds) = room.terms_of(position);
    let until = since.plus_seconds(token_seconds.into());
    let first_use_before = since.plus_seconds(no_show_seconds.into()).min(until);
    let admission = Admission { since, first_use_before, until };
    if status == PositionStatus::Active && is_first_admission {
        measure(Metric::AdmissionWait, since.as_millis() - queue_token.joined_at.as_millis());
    }
    queue_token.admission = (status == PositionStatus::Active).then_some(admission);
    let token = app.tokens().sign_queue_token(&queue_token)?;
    Ok(PositionView::admitted(room, &queue_token, position, status, token, now))
}
