//! Rights to topics. They are checked at each subscription, and before each message to a user.

use dibs_http::QueueTokenHeader;
use domain::live::{LiveTopic, LiveUser, Subscription};
use domain::{Code, Error, Result};
use runtime::App;
use waiting_room::services::admission::require_admission;

/// Checks that the user of a connection may subscribe to `topic`. Returns the user whose rights the subscription
/// depends on; `None` for a public topic.
///
/// # Errors
/// `UNAUTHORIZED` without a user with valid rights; `FORBIDDEN` when the resource belongs to another user or the
/// role does not allow it; `NOT_FOUND` for a concert that does not exist; the refusals of the queue that guards a
/// concert.
pub async fn authorize(
    app: &App,
    user: Option<&LiveUser>,
    topic: &LiveTopic,
    queue_token: Option<&String>,
) -> Result<Option<LiveUser>> {
    let user = match topic {
        LiveTopic::DealStock(_) => return Ok(None),
        LiveTopic::SeatMap(id, _) => {
            let concert = app.store().get_concert_cached(id, app.now()).await?;
            let Some(queue) = &concert.queue_id else { return Ok(None) };
            let user = customer(app, user).await?;
            let token = QueueTokenHeader(queue_token.cloned());
            require_admission(app, Some(queue), &user.user_id, &token).await?;
            user
        }
        LiveTopic::QueuePosition(_) => customer(app, user).await?,
        LiveTopic::Claim(..) | LiveTopic::Order(_) | LiveTopic::Reservation(_) => {
            let user = confirmed(app, user).await?;
            if topic.owner() != Some(&user.user_id) {
                return Err(Error::forbidden());
            }
            user
        }
    };
    Ok(Some(user.clone()))
}

/// Checks that the rights that a subscription depends on still hold.
///
/// # Errors
/// `UNAUTHORIZED` when they have expired or are revoked; `FORBIDDEN` when the topic belongs to another user.
pub async fn check_still_allowed(app: &App, subscription: &Subscription) -> Result<()> {
    let Some(user) = &subscription.user else { return Ok(()) };
    confirmed(app, Some(user)).await?;
    match subscription.topic.owner() {
        Some(owner) if *owner != user.user_id => Err(Error::forbidden()),
        _ => Ok(()),
    }
}

/// Checks that the rights of `user` have neither expired nor been revoked.
///
/// # Errors
/// `UNAUTHORIZED` otherwise, and without a user.
pub async fn confirmed<'a>(app: &App, user: Option<&'a LiveUser>) -> Result<&'a LiveUser> {
    let (user, now) = (user.ok_or_else(not_authenticated)?, app.now());
    if now >= user.until() || app.revocations().has_ended(app.store(), now, user).await {
        return Err(not_authenticated());
    }
    Ok(user)
}

fn not_authenticated() -> Error {
    let message = "Authenticate first: create a ticket with POST /live/tickets and send it on this connection. If you have, \
                   your rights have expired or were revoked.";
    Error::refused(Code::Unauthorized, message)
}

async fn customer<'a>(app: &App, user: Option<&'a LiveUser>) -> Result<&'a LiveUser> {
    let user = confirmed(app, user).await?;
    if user.is_customer() { Ok(user) } else { Err(Error::forbidden()) }
}
