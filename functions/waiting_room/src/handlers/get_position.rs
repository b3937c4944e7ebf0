//! `GET /queues/{queue_id}/tokens/me`: returns the caller's position and a new queue token.

use axum::extract::State;
use dibs_http::{Done, Path, QueueTokenHeader, Route, User, axum, route};
use domain::ids::{QueueId, UserId};
use domain::queue::{
    Admission, COUNTING_BLOCK_POSITIONS, PositionEnd, QueuePosition, QueueToken, WaitingRoom, block_of,
    due_at,
};
use domain::{BusyReason, Error, Result, Timestamp};
use runtime::{App, Metric, measure};

use crate::services::positions::{EntryStanding, end_of, not_in_line, standing};
use crate::views::{PositionStatus, PositionView};

pub static ROUTE: Route = route!(
    /// Returns the place of the caller, the time that is left, and a newer queue token. Once the status is
    /// `active`, send this token in `X-Queue-Token` to the operations that the queue guards. Without a
    /// queue token the response is the same, but the call costs the service more.
    GET ["/queues/{queue_id}/tokens/me"] "waiting-room-get-position" get_position,
    "Get your place in a queue; send your newest queue token in `X-Queue-Token` to make the call cheap",
    [NotInQueue, QueueTokenInvalid]
)
.operation_ids(&["getQueuePosition"]);

/// Time in seconds after an arrival bucket was due at which, still without positions, it gets a new
/// message.
const LATE_SECONDS: i64 = 30;

async fn get_position(
    State(app): State<App>,
    user: User,
    token: QueueTokenHeader,
    Path(id): Path<QueueId>,
) -> Result<Done<PositionView>> {
    let now = app.now();
    let room = app.store().get_room_cached(&id, now).await?;
    let mut ticket = ticket(&app, &id, &user.id, &token).await?;
    // A client without a queue token would count with each poll, so only those with one are measured.
    let is_news = token.0.is_some() && ticket.admission.is_none();
    let Some(position) = position(&app, &mut ticket).await? else {
        if due_at(ticket.page.window).plus_seconds(LATE_SECONDS) < now {
            app.store().wake_room(&id, ticket.page, now).await?;
        }
        let sealed = app.tokens().sign_ticket(&ticket)?;
        return Ok(Done(PositionView::waiting(&room, ticket.joined_at, None, sealed, now)));
    };
    if position > room.admitted {
        let sealed = app.tokens().sign_ticket(&ticket)?;
        let place = (position, ahead(&app, &room, position, now).await?);
        return Ok(Done(PositionView::waiting(&room, ticket.joined_at, Some(place), sealed, now)));
    }
    let_in(&app, &room, ticket, position, now, is_news).await
}

/// Returns the number of users who are to be admitted before `position`. Reads the counting block of the
/// position only if a waiting user in it has left.
async fn ahead(app: &App, room: &WaitingRoom, position: u64, now: Timestamp) -> Result<u64> {
    let block = block_of(position);
    let mut gone = room.gone_before(block);
    if room.has_gone(block) {
        let departed = app.store().get_departed_cached(&room.id, block, now).await?;
        let first = room.admitted.max(block * COUNTING_BLOCK_POSITIONS) + 1;
        gone += (first..position).filter(|position| departed.has(*position)).count() as u64;
    }
    Ok((position - room.admitted - 1).saturating_sub(gone))
}

/// Returns the queue token of the request, or one built from the caller's queue entry.
async fn ticket(app: &App, queue: &QueueId, user: &UserId, token: &QueueTokenHeader) -> Result<QueueToken> {
    if let Some(token) = &token.0 {
        let ticket = app.tokens().read_ticket(token)?;
        if ticket.user_id != *user || ticket.queue_id != *queue {
            return Err(runtime::invalid_queue_token());
        }
        return Ok(ticket);
    }
    let joining = match app.store().get_queue_entry_eventual(queue, user).await? {
        Some(joining) => Some(joining),
        None => app.store().joining(queue, user).await?,
    };
    joining.filter(|joining| !joining.left).as_ref().map(QueueToken::from).ok_or_else(not_in_line)
}

/// Returns the position, or `None` until the arrival bucket has positions. A position never changes, so the
/// token carries it from then on.
async fn position(app: &App, ticket: &mut QueueToken) -> Result<Option<u64>> {
    if ticket.position.is_none() {
        ticket.position = match standing(app, &ticket.joining(), false).await? {
            EntryStanding::At(position) => Some(position),
            EntryStanding::Waiting { .. } => None,
            EntryStanding::Nowhere { .. } => match standing(app, &ticket.joining(), true).await? {
                EntryStanding::At(position) => Some(position),
                EntryStanding::Waiting { .. } => None,
                EntryStanding::Nowhere { .. } => return Err(not_in_line()),
            },
        };
    }
    Ok(ticket.position)
}

async fn let_in(
    app: &App,
    room: &WaitingRoom,
    mut ticket: QueueToken,
    position: u64,
    now: Timestamp,
    is_news: bool,
) -> Result<Done<PositionView>> {
    let place = QueuePosition { queue_id: room.id.clone(), number: position };
    let mut state = app.store().get_position_state_eventual(&place).await?;
    if room.admitted_at(position, state).is_none() {
        state = app.store().get_position_state(&place).await?;
    }
    let since = room.admitted_at(position, state).ok_or_else(|| Error::busy(BusyReason::QueueEntry))?;
    let status = match end_of(room, position, state, now) {
        Some(PositionEnd::Left) => return Err(not_in_line()),
        Some(PositionEnd::Done) => PositionStatus::Done,
        Some(PositionEnd::NoShow | PositionEnd::Expired) => PositionStatus::Expired,
        None => PositionStatus::Active,
    };
    let (token_seconds, no_show_seconds) = room.terms_of(position);
    let until = since.plus_seconds(token_seconds.into());
    let take_up_before = since.plus_seconds(no_show_seconds.into()).min(until);
    let admission = Admission { since, take_up_before, until };
    if status == PositionStatus::Active && is_news {
        measure(Metric::AdmissionWait, since.as_millis() - ticket.joined_at.as_millis());
    }
    ticket.admission = (status == PositionStatus::Active).then_some(admission);
    let token = app.tokens().sign_ticket(&ticket)?;
    Ok(Done(PositionView::let_in(room, &ticket, position, status, token, now)))
}
