//! Changes of a user's notification preferences.

use std::collections::BTreeSet;

use domain::ids::{DealId, QueueId, UserId};
use domain::messages::NotificationWork;
use domain::notifications::{PreferenceSettings, Preferences};
use domain::{BusyReason, Code, Error, Result};
use runtime::App;
use store::schema::NOTIFICATION_EVENTS;
use store::{Saved, TryResult, retry};

/// Time in seconds for which the reminder of a deal is kept after the end of the deal.
const KEPT_AFTER_DEAL_SECONDS: i64 = 24 * 60 * 60;
/// Delay in seconds of the message that looks up a position, which a user gets about a second after joining.
const PLACE_AFTER_SECONDS: u32 = 3;

/// Replaces the settings of `user`. The reminder of a deal is written before the settings name the deal; that of a
/// queue follows by a message, once the position is known. A reminder that the settings no longer name has no effect.
///
/// # Errors
/// `VALIDATION_ERROR` with the field that is not valid, `NOT_FOUND` for a deal that does not exist, `NOT_IN_QUEUE`
/// for a queue that the user has not joined, `BUSY` when other requests changed them on each try.
pub async fn update(app: &App, user: &UserId, settings: &PreferenceSettings) -> Result<Preferences> {
    settings.check()?;
    let found = app.store().get_preferences(user).await?;
    check_queues(app, user, &settings.queues).await?;
    let changed = save(app, found, |found| Ok(found.changed(settings, app.now(), app.nonce()))).await?;
    let places = settings
        .queues
        .iter()
        .map(|queue| NotificationWork::PlaceReminder { queue_id: queue.clone(), user_id: user.clone() });
    let places: Vec<NotificationWork> = places.collect();
    // Sent at each repeat, since a user who joined a queue again has another position.
    app.store().send(&NOTIFICATION_EVENTS, &places, PLACE_AFTER_SECONDS).await?;
    Ok(changed)
}

/// Sets `mail` of `user` to false, so that notifications no longer leave by mail. A repeat changes nothing.
pub async fn stop_mails(app: &App, user: &UserId) -> Result<()> {
    let found = app.store().get_preferences(user).await?;
    let stop = |found: &Preferences| {
        let settings = PreferenceSettings { mail: false, ..found.settings.clone() };
        Ok(found.changed(&settings, app.now(), app.nonce()))
    };
    save(app, found, stop).await.map(drop)
}

async fn save(
    app: &App,
    found: Preferences,
    decide: impl Fn(&Preferences) -> Result<Preferences>,
) -> Result<Preferences> {
    let (store, user) = (app.store(), found.user_id.clone());
    let attempt = async |found: Preferences| {
        let next = decide(&found)?;
        if next == found {
            return Ok(TryResult::Done(next));
        }
        for deal in next.settings.deals.difference(&found.settings.deals) {
            remind_of_deal(app, &user, deal).await?;
        }
        match store.save_preferences(&next).await? {
            Saved::Done => Ok(TryResult::Done(next)),
            Saved::Conflict(_) => Ok(TryResult::Conflict(store.get_preferences(&user).await?)),
        }
    };
    retry(BusyReason::Notifications, found, attempt).await
}

async fn remind_of_deal(app: &App, user: &UserId, deal: &DealId) -> Result<()> {
    let found = app.store().get_deal_if_exists(deal).await?;
    let found = found.ok_or_else(|| {
        Error::refused(Code::NotFound, format!("Time deal `{deal}` does not exist; leave it out of `deals`."))
    })?;
    let until = found.ends_at.plus_seconds(KEPT_AFTER_DEAL_SECONDS);
    app.store().remind_of_deal(deal, user, until).await
}

async fn check_queues(app: &App, user: &UserId, queues: &BTreeSet<QueueId>) -> Result<()> {
    for queue in queues {
        let entry = app.store().get_queue_entry_if_exists(queue, user).await?;
        if entry.is_none_or(|entry| entry.left) {
            let message =
                format!("You are not in queue `{queue}`: join it first, or leave it out of `queues`.");
            return Err(Error::refused(Code::NotInQueue, message));
        }
    }
    Ok(())
}
