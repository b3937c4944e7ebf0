//! Worker that writes domain events into the lanes of the webhooks that they match.

use domain::messages::WebhookEvents;
use runtime::{App, Message, Source, Work, Worker};
use store::schema::WEBHOOK_EVENTS;

use crate::services::events::fan_out;

/// Worker `webhooks-fan-out-events` behind the queue of domain events.
pub static WORKER: Worker =
    Worker { name: "webhooks-fan-out-events", source: Source::Queue(&WEBHOOK_EVENTS, run) };

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        let WebhookEvents { events } = message.parse()?;
        fan_out(&app, &events).await
    })
}
