//! Relay of the wallet's stream, its only consumer. Charges and payments become domain events.

use aws_lambda_events::event::dynamodb::EventRecord;
use domain::events::DomainEvent;
use runtime::{App, AuditBatch, Source, Work, Worker, add_entity};
use store::changes::entry_made;
use store::schema::WALLET;

use runtime::outbox::{add_entities, publish};

/// Worker `wallet-relay-changes` behind the stream of the wallet.
pub static WORKER: Worker = Worker { name: "wallet-relay-changes", source: Source::Stream(&WALLET, run) };

fn run(app: App, records: Vec<EventRecord>) -> Work {
    Box::pin(async move {
        let mut audit = AuditBatch::default();
        let mut events = Vec::new();
        for record in records {
            let images = record.change;
            audit.add(&app, &images).await?;
            let entry = entry_made(&images.keys, &images.old_image, images.new_image)?;
            if let Some(entry) = &entry {
                add_entity(&entry.id());
                events.push(DomainEvent::of_entry(entry));
            }
        }
        audit.record(&app).await?;
        add_entities(&events);
        publish(&app, &events).await
    })
}
