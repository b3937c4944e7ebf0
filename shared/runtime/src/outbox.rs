//! Publishing of domain events to the data platform. Each event is a committed fact, so business metrics are
//! counted here, and the log record gets the ids of the entities.

use crate::{App, Metric, add_entity, count};
use aws_lambda_events::event::dynamodb::EventRecord;
use domain::concerts;
use domain::events::{DomainEvent, DomainEventData, EventBatch, EventOrigin, EventType};
use domain::messages::WebhookEvents;
use domain::notifications::NotificationKind;
use domain::orders::OrderEndReason;
use domain::{Result, Timestamp};
use store::schema::{NOTIFICATION_EVENTS, OUTBOX, WEBHOOK_EVENTS};

/// Returns the domain events of a change of what staff set up, or of an admission to a waiting room.
///
/// # Errors
/// `INTERNAL_ERROR` when an item cannot be parsed as the entity that its key names.
pub fn resource_events(record: &EventRecord) -> Result<Vec<DomainEvent>> {
    let images = &record.change;
    let at = Timestamp::from_millis(images.approximate_creation_date_time.timestamp_millis());
    store::changes::resource_events(&images.keys, &images.old_image, &images.new_image, at)
}

/// Adds the correlation ids of `events` to the log record, even if the call fails before they are sent.
pub fn add_entities(events: &[DomainEvent]) {
    events.iter().for_each(|event| add_entity(&event.correlation_id));
}

/// Sends `events` to the outbox, those of one type in one message unless the setting `events_alone` is on, and all
/// together to the webhooks, and adds them to the business metrics. Those that may cause notifications go to that
/// queue, too.
///
/// # Errors
/// `BUSY` or `INTERNAL_ERROR` when an event could not be sent. The relay must then fail: its stream records
/// are delivered again, and the metrics of the failed call are dropped.
pub async fn publish(app: &App, events: &[DomainEvent]) -> Result<()> {
    for event in events {
        for (metric, by) in metrics_of(event) {
            count(metric, by);
        }
    }
    let settings = app.settings();
    let origin =
        EventOrigin { environment: app.environment(), schemas_url: settings.event_schemas_url.as_deref() };
    app.store().send(&WEBHOOK_EVENTS, &WebhookEvents::all(events, origin)?, 0).await?;
    let told: Vec<DomainEvent> =
        events.iter().filter(|event| NotificationKind::of(event.kind).is_some()).cloned().collect();
    // A function without such events does not have the queue.
    if !told.is_empty() {
        app.store().send(&NOTIFICATION_EVENTS, &EventBatch::all(&told, origin)?, 0).await?;
    }
    if settings.events_alone {
        return app.store().send(&OUTBOX, events, 0).await;
    }
    app.store().send(&OUTBOX, &EventBatch::all(events, origin)?, 0).await
}

/// Lists the metrics that a domain event adds to, with the amounts.
fn metrics_of(event: &DomainEvent) -> Vec<(Metric, u64)> {
    match (event.kind, &event.data) {
        (EventType::ClaimRequested | EventType::ClaimInReview, _) => vec![(Metric::Claims, 1)],
        (EventType::ClaimGranted, _) => vec![(Metric::Grants, 1)],
        (EventType::PaymentCompleted, DomainEventData::Entry(paid)) => {
            vec![(Metric::Payments, 1), (Metric::AmountPaid, paid.amount.0)]
        }
        (_, DomainEventData::Reservation(reservation)) => match reservation.status {
            concerts::ReservationStatus::Held => vec![(Metric::Holds, 1)],
            concerts::ReservationStatus::Paid => vec![(Metric::SeatsSold, reservation.seats.len() as u64)],
            concerts::ReservationStatus::Expired => vec![(Metric::HoldsExpired, 1)],
            concerts::ReservationStatus::Canceled => Vec::new(),
        },
        (EventType::OrderReserved, DomainEventData::Order(order)) => {
            vec![(Metric::Orders, 1), (Metric::UnitsOrdered, order.quantity.into())]
        }
        (EventType::OrderConfirmed, DomainEventData::Order(order)) => {
            vec![(Metric::UnitsSold, order.quantity.into())]
        }
        (EventType::OrderCanceled, DomainEventData::Order(order))
            if order.reason == Some(OrderEndReason::Expired) =>
        {
            vec![(Metric::OrdersExpired, 1)]
        }
        _ => Vec::new(),
    }
}
