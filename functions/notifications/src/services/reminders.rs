//! Reminders: users who asked to be told the start of a deal, or their admission to a queue.

use domain::ids::{DealId, QueueId, UserId};
use domain::messages::NotificationWork;
use domain::notifications::{LetIn, Notification, NotificationContent, StartedDeal};
use domain::waiting_room::{ArrivalStatus, QueuePosition};
use domain::{BusyReason, Error, Result, Timestamp};
use runtime::App;
use store::REMINDER_SHARDS;
use store::schema::NOTIFICATION_EVENTS;

use crate::services::departures::{Terms, depart};

/// Maximum number of users of one shard who are told in one call.
const USERS_AT_ONCE: usize = 250;

/// Start of a deal, as the event tells it.
#[derive(Clone, Debug)]
pub struct DealStart {
    /// Deal that has started.
    pub deal_id: DealId,
    /// Event of the start.
    pub event_id: String,
    /// Time of the start.
    pub occurred_at: Timestamp,
}

/// Sends the messages that tell the start of a deal, one for each shard of the users who asked for it.
pub async fn tell_start(app: &App, start: &DealStart) -> Result<()> {
    let parts: Vec<NotificationWork> = (0..REMINDER_SHARDS).map(|shard| start.part(shard, None)).collect();
    app.store().send(&NOTIFICATION_EVENTS, &parts, 0).await
}

/// Tells the start of a deal to the next users of one shard, and leaves those after them to another message.
pub async fn tell_part(app: &App, start: &DealStart, shard: u32, after: Option<&UserId>) -> Result<()> {
    let store = app.store();
    let Some(deal) = store.get_deal_if_exists(&start.deal_id).await? else { return Ok(()) };
    let users = store.list_reminded_of_deal_eventual(&start.deal_id, shard, after, USERS_AT_ONCE).await?;
    if users.len() == USERS_AT_ONCE {
        let rest = start.part(shard, users.last().cloned());
        store.send(&NOTIFICATION_EVENTS, &[rest], 0).await?;
    }
    let terms = Terms::read(app, &users).await?;
    let wants = |user: &UserId| terms.of(user).is_some_and(|one| one.settings.deals.contains(&start.deal_id));
    let content = NotificationContent::DealStarts(StartedDeal {
        deal_id: deal.id.clone(),
        product: deal.product.name.to_string(),
        price: deal.deal_price,
        ends_at: deal.ends_at,
    });
    let told = users
        .into_iter()
        .filter(wants)
        .map(|user| Notification::new(user, start.event_id.clone(), content.clone(), start.occurred_at));
    depart(app, told.collect()).await
}

impl DealStart {
    fn part(&self, shard: u32, after: Option<UserId>) -> NotificationWork {
        NotificationWork::TellDeal {
            deal_id: self.deal_id.clone(),
            event_id: self.event_id.clone(),
            occurred_at: self.occurred_at,
            shard,
            after,
        }
    }
}

/// Returns the present position of a user in a queue, strongly consistent. `None` without one.
///
/// # Errors
/// `BUSY` while the user waits for a position: it is given within seconds.
async fn position_of(app: &App, queue: &QueueId, user: &UserId) -> Result<Option<QueuePosition>> {
    let Some(entry) = app.store().get_queue_entry_if_exists(queue, user).await?.filter(|entry| !entry.left)
    else {
        return Ok(None);
    };
    let buckets = app.store().get_arrival_buckets(queue, &[entry.bucket]).await?;
    let Some((_, bucket)) = buckets.into_iter().next() else { return Ok(None) };
    match bucket.status_of(&entry.entry_name()) {
        ArrivalStatus::HasPosition(position) => Ok(Some(position)),
        ArrivalStatus::Waiting { .. } => {
            Err(Error::busy(BusyReason::QueueEntry).with_cause("the user has no position yet"))
        }
        ArrivalStatus::Absent | ArrivalStatus::TooLate | ArrivalStatus::Left => Ok(None),
    }
}

/// Writes the reminder for the present position of a user, and tells the user if the position is admitted already.
pub async fn place(app: &App, queue: &QueueId, user: &UserId) -> Result<()> {
    let Some(position) = position_of(app, queue, user).await? else { return Ok(()) };
    app.store().remind_of_admission(queue, position, user, app.now()).await?;
    // An admission before the write did not find the reminder, so the room is read after it.
    if app.store().get_waiting_room(queue).await?.admitted >= position {
        return tell_admission(app, queue, position, position).await;
    }
    Ok(())
}

/// Tells the users with a position from `first` to `last` who asked for it that they are admitted.
pub async fn tell_admission(
    app: &App,
    queue: &QueueId,
    first: QueuePosition,
    last: QueuePosition,
) -> Result<()> {
    let reminded = app.store().list_reminded_of_admission(queue, first, last).await?;
    if reminded.is_empty() {
        return Ok(());
    }
    let room = app.store().get_waiting_room(queue).await?;
    let users: Vec<UserId> = reminded.iter().map(|(_, user)| user.clone()).collect();
    let terms = Terms::read(app, &users).await?;
    let mut told = Vec::new();
    for (position, user) in reminded {
        let wants = terms.of(&user).is_some_and(|one| one.settings.queues.contains(queue));
        // Whoever left and joined again has another position.
        if wants && position_of(app, queue, &user).await? == Some(position) {
            let content =
                NotificationContent::LetIn(LetIn { queue_id: queue.clone(), queue: room.name.to_string() });
            told.push(Notification::new(user, format!("{queue}:{position}"), content, app.now()));
        }
    }
    depart(app, told).await
}
