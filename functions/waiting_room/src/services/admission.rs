//! Guard of a waiting room: a protected route requires the queue token of an admitted user.

use dibs_http::QueueTokenHeader;
use domain::ids::{QueueId, UserId};
use domain::waiting_room::{Admission, PositionKey};
use domain::{Code, Error, Result, Timestamp};
use runtime::{App, invalid_queue_token};
use store::UseOutcome;

/// Checks that `user` may pass the guard of `queue`, and returns the position that admits them. Without a
/// queue, everybody may pass, and `None` is returned. The first use of a position is recorded in its
/// admission block.
///
/// # Errors
/// `QUEUE_TOKEN_REQUIRED` without a token; `QUEUE_TOKEN_INVALID` when the token is not one of `user` in
/// `queue`, or not yet admitted; `QUEUE_TOKEN_EXPIRED` when the position has ended.
pub async fn require_admission(
    app: &App,
    queue: Option<&QueueId>,
    user: &UserId,
    token: &QueueTokenHeader,
) -> Result<Option<PositionKey>> {
    let Some(queue) = queue else { return Ok(None) };
    let (position, admission, joined_at) = verify_queue_token(app, queue, user, token)?;
    match app.store().use_position(&position, &admission, joined_at, app.now()).await? {
        UseOutcome::Allowed => Ok(Some(position)),
        UseOutcome::Ended(_) => Err(expired()),
    }
}

/// Checks that the waiting room `queue` exists, before it becomes the guard of an entity.
///
/// # Errors
/// `VALIDATION_ERROR` for `queue_id` when it does not exist.
pub async fn check_queue(app: &App, queue: Option<&QueueId>) -> Result<()> {
    let Some(queue) = queue else { return Ok(()) };
    match app.store().get_waiting_room(queue).await {
        Err(error) if error.code == Code::NotFound => Err(Error::invalid_field("queue_id", "is no queue")),
        found => found.map(drop),
    }
}

/// Reads the admitted position of `user` in `queue`, and the time of the join, from `token`, without reading
/// whether the position has ended.
///
/// # Errors
/// `QUEUE_TOKEN_REQUIRED`, `QUEUE_TOKEN_INVALID`, `QUEUE_TOKEN_EXPIRED`.
fn verify_queue_token(
    app: &App,
    queue: &QueueId,
    user: &UserId,
    token: &QueueTokenHeader,
) -> Result<(PositionKey, Admission, Timestamp)> {
    let token = token.0.as_deref().ok_or_else(required)?;
    let queue_token = app.tokens().verify_queue_token(token)?;
    if queue_token.user_id != *user || queue_token.queue_id != *queue {
        return Err(invalid_queue_token());
    }
    let (Some(position), Some(admission)) = (queue_token.position, queue_token.admission) else {
        return Err(invalid_queue_token());
    };
    if app.now() >= admission.until {
        return Err(expired());
    }
    Ok((PositionKey { queue_id: queue.clone(), position }, admission, queue_token.joined_at))
}

fn required() -> Error {
    Error::refused(
        Code::QueueTokenRequired,
        "A queue guards this resource: join the queue, and send its token in X-Queue-Token.",
    )
}

/// Builds the error `QUEUE_TOKEN_EXPIRED`, for a position that has ended.
fn expired() -> Error {
    Error::refused(Code::QueueTokenExpired, "Your time in this queue is over; join it again.")
}
