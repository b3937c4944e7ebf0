//! Relay of the concerts' stream, its only consumer. Each version of a reservation becomes a domain event,
//! and the first one also a message for the end of its hold.

use std::collections::BTreeMap;

use aws_lambda_events::event::dynamodb::EventRecord;
use domain::concerts::ReservationStatus;
use domain::events::DomainEvent;
use domain::live::LiveTopic;
use domain::messages::ExpireHold;
use runtime::{App, AuditBatch, FigureCounts, Source, Work, Worker};
use store::changes::{reservation_changed, seats_changed};
use store::schema::{CONCERTS, HOLDS};

use runtime::live::tell_subscribers;
use runtime::outbox::{add_entities, publish, resource_events};
use runtime::seconds_until;

/// Worker `concerts-relay-changes` behind the stream of concerts.
pub static WORKER: Worker = Worker { name: "concerts-relay-changes", source: Source::Stream(&CONCERTS, run) };

/// Granularity of message delays, in seconds. Delays are rounded up to a multiple of it, so that messages
/// with similar delays are sent together.
const TOGETHER_SECONDS: u32 = 10;

fn run(app: App, records: Vec<EventRecord>) -> Work {
    Box::pin(async move {
        let mut audit = AuditBatch::default();
        let (mut events, mut changed) = (Vec::new(), Vec::new());
        let mut expiries: BTreeMap<u32, Vec<ExpireHold>> = BTreeMap::new();
        let mut figures = FigureCounts::of(&app, &CONCERTS);
        for record in records {
            events.extend(resource_events(&record)?);
            figures.add(&record)?;
            let images = record.change;
            audit.add(&app, &images).await?;
            let seats = seats_changed(&images.keys);
            changed.extend(seats.map(|(concert, date)| LiveTopic::SeatMap(concert, date)));
            let Some(now) = reservation_changed(&images.keys, images.new_image)? else { continue };
            events.push(DomainEvent::of_reservation(&now));
            let seats = LiveTopic::SeatMap(now.concert_id.clone(), now.date);
            changed.extend([LiveTopic::Reservation(now.id.clone()), seats]);
            if now.status == ReservationStatus::Held {
                let delay_s = seconds_until(now.held_until, app.now()).next_multiple_of(TOGETHER_SECONDS);
                let expiry = ExpireHold { reservation_id: now.id, due_at: now.held_until };
                expiries.entry(delay_s).or_default().push(expiry);
            }
        }
        audit.record(&app).await?;
        add_entities(&events);
        for (delay_s, expiries) in expiries {
            app.store().send(&HOLDS, &expiries, delay_s).await?;
        }
        publish(&app, &events).await?;
        figures.write(&app).await?;
        tell_subscribers(&app, changed).await
    })
}
