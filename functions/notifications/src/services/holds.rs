//! Notifications about holds that end in a minute.

use domain::concerts::ReservationStatus;
use domain::messages::NotificationWork;
use domain::notifications::{HoldEnding, Notification, NotificationContent};
use domain::orders::OrderStatus;
use domain::wallet::Purchase;
use domain::{Code, Result, Timestamp};
use runtime::{App, seconds_until};
use store::schema::NOTIFICATION_EVENTS;

use crate::services::departures::depart;

/// Time in seconds before the end of a hold at which its owner is told.
const BEFORE_END_SECONDS: i64 = 60;

/// Tells the owner of a hold that it ends in a minute; before that time, sends the message that checks it again then.
/// Does nothing for a hold that has ended, was paid or was canceled.
pub async fn check(app: &App, hold: Purchase, event_id: String) -> Result<()> {
    let Some(ending) = ending(app, &hold).await? else { return Ok(()) };
    let told_at = ending.ends_at.plus_seconds(-BEFORE_END_SECONDS);
    let wait_s = seconds_until(told_at, app.now());
    if wait_s > 0 {
        let later = NotificationWork::CheckHold { hold, event_id };
        return app.store().send(&NOTIFICATION_EVENTS, &[later], wait_s).await;
    }
    let user_id = match &hold {
        Purchase::Reservation(id) => id.owner().clone(),
        Purchase::Order(id) => id.owner().clone(),
    };
    let content = NotificationContent::HoldEnds(ending);
    depart(app, vec![Notification::new(user_id, event_id, content, told_at)]).await
}

/// Returns the end of a hold, or `None` if it has ended. The read is strongly consistent, since a payment may
/// have come just before.
async fn ending(app: &App, hold: &Purchase) -> Result<Option<HoldEnding>> {
    let store = app.store();
    let is_open = |ends_at: Timestamp| app.now() < ends_at;
    match hold {
        Purchase::Reservation(id) => {
            let found = store.get_reservation_if_exists(id).await?;
            let held = found.filter(|one| one.status == ReservationStatus::Held && is_open(one.held_until));
            let Some(held) = held else { return Ok(None) };
            let what = match store.get_concert_cached(&held.concert_id, app.now()).await {
                Ok(concert) => concert.name.clone(),
                Err(error) if error.code == Code::NotFound => return Ok(None),
                Err(error) => return Err(error),
            };
            let count = u32::try_from(held.seats.len()).unwrap_or(u32::MAX);
            Ok(Some(HoldEnding { id: id.to_string(), what, count, ends_at: held.held_until }))
        }
        Purchase::Order(id) => {
            let found = store.get_order_if_exists(id).await?;
            let held = found.filter(|one| one.status == OrderStatus::Reserved && is_open(one.expires_at));
            Ok(held.map(|order| HoldEnding {
                id: id.to_string(),
                what: order.product.name.to_string(),
                count: order.quantity.0,
                ends_at: order.expires_at,
            }))
        }
    }
}
