//! Worker that makes notifications of domain events, and does the work that follows from them.

use domain::claims::Claim;
use domain::events::{CloudEvent, DomainEvent, DomainEventData, EventType};
use domain::messages::{NotificationMessage, NotificationWork};
use domain::notifications::{Notification, NotificationContent, RequestDecided};
use domain::waiting_room::QueuePosition;
use domain::wallet::Purchase;
use domain::{Code, Result};
use runtime::{App, Message, Source, Work, Worker, add_entity};
use store::schema::NOTIFICATION_EVENTS;

use crate::services::departures::{deliver_due, depart};
use crate::services::holds;
use crate::services::reminders::{DealStart, place, tell_admission, tell_part, tell_start};

/// Worker `notifications-create-notifications` behind the queue of notification events.
pub static WORKER: Worker =
    Worker { name: "notifications-create-notifications", source: Source::Queue(&NOTIFICATION_EVENTS, run) };

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        match message.parse()? {
            NotificationMessage::Events(batch) => {
                let mut told = Vec::new();
                for event in batch.events {
                    told.extend(of_event(&app, event).await?);
                }
                depart(&app, told).await
            }
            NotificationMessage::Work(work) => continue_work(&app, work).await,
        }
    })
}

async fn continue_work(app: &App, work: NotificationWork) -> Result<()> {
    match work {
        NotificationWork::CheckHold { hold, event_id } => {
            add_entity(&hold.id());
            holds::check(app, hold, event_id).await
        }
        NotificationWork::TellDeal { deal_id, event_id, occurred_at, shard, after } => {
            add_entity(&deal_id);
            tell_part(app, &DealStart { deal_id, event_id, occurred_at }, shard, after.as_ref()).await
        }
        NotificationWork::PlaceReminder { queue_id, user_id } => {
            add_entity(&user_id);
            place(app, &queue_id, &user_id).await
        }
        NotificationWork::Deliver { ids } => deliver_due(app, &ids).await,
    }
}

/// Returns the notification that an event causes at once. For an event that causes one later, or several, sends the
/// messages that lead to them or the notifications themselves, and returns `None`.
async fn of_event(app: &App, event: CloudEvent) -> Result<Option<Notification>> {
    let event = DomainEvent::try_from(event)?;
    add_entity(&event.correlation_id);
    match &event.data {
        DomainEventData::Claim(_) => of_claim(app, &event).await,
        DomainEventData::Reservation(changed) if event.kind == EventType::ReservationMade => {
            let hold = Purchase::Reservation(changed.reservation_id.clone());
            holds::check(app, hold, event.id).await.map(|()| None)
        }
        DomainEventData::Order(changed) if event.kind == EventType::OrderReserved => {
            holds::check(app, Purchase::Order(changed.order_id.clone()), event.id).await.map(|()| None)
        }
        DomainEventData::LetIn(step) => {
            let (first, last) = (QueuePosition(step.first_position), QueuePosition(step.last_position));
            tell_admission(app, &step.queue_id, first, last).await.map(|()| None)
        }
        DomainEventData::Deal(changed) if event.kind == EventType::DealActive => {
            let deal_id = changed.time_deal_id.clone();
            let start = DealStart { deal_id, event_id: event.id.clone(), occurred_at: event.occurred_at };
            tell_start(app, &start).await.map(|()| None)
        }
        _ => Ok(None),
    }
}

/// Returns the notification about a decided or granted request. Returns `None` if the event or the reward was deleted,
/// since it has no name to show.
async fn of_claim(app: &App, event: &DomainEvent) -> Result<Option<Notification>> {
    let DomainEventData::Claim(changed) = &event.data else { return Ok(None) };
    let make = match event.kind {
        EventType::ClaimApproved => NotificationContent::RequestApproved,
        EventType::ClaimRejected => NotificationContent::RequestRejected,
        EventType::ClaimGranted => NotificationContent::Granted,
        _ => return Ok(None),
    };
    let campaign = match app.store().get_campaign_cached(&changed.campaign_id, app.now()).await {
        Err(error) if error.code == Code::NotFound => return Ok(None),
        campaign => campaign?,
    };
    let Some(reward) = app.store().get_reward_if_exists(&changed.reward_id).await? else { return Ok(None) };
    let content = make(RequestDecided {
        request_id: Claim::id_of(&changed.user_id, &changed.campaign_id),
        event: campaign.campaign.name.to_string(),
        reward: reward.name.to_string(),
        reason: changed.reason.clone().filter(|_| event.kind == EventType::ClaimRejected),
    });
    Ok(Some(Notification::new(changed.user_id.clone(), event.id.clone(), content, event.occurred_at)))
}
