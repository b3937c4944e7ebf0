//! Worker that sends events to the endpoints of webhooks.

use domain::messages::SendWebhook;
use runtime::{App, Message, Source, Work, Worker, add_entity};
use store::schema::WEBHOOK_DELIVERIES;

use crate::services::lanes::{LaneToSend, send_lane};
use crate::services::replays;

/// Worker `webhooks-send-events` behind the queue of lanes and replays.
pub static WORKER: Worker =
    Worker { name: "webhooks-send-events", source: Source::Queue(&WEBHOOK_DELIVERIES, run) };

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        match message.parse()? {
            SendWebhook::Lane { webhook_id, lane: name, from, at_once } => {
                add_entity(&webhook_id);
                send_lane(&app, &LaneToSend { webhook_id, name, from, at_once }).await
            }
            SendWebhook::Replay { webhook_id, kind } => {
                add_entity(&webhook_id);
                replays::go_on(&app, &webhook_id, kind).await
            }
        }
    })
}
