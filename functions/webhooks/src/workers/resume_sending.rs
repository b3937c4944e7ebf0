//! Scheduled worker that wakes lanes whose next attempt is due, and replays that stopped. Where none waits, it reads
//! sixteen empty parts of the due index.

use domain::Result;
use domain::messages::SendWebhook;
use domain::webhooks::EventOrder;
use futures::future::try_join_all;
use runtime::{App, Source, Work, Worker};
use store::schema::WEBHOOK_DELIVERIES;
use store::{DueWork, DueWorkKind};

/// Scheduled worker `webhooks-resume-sending`, once a minute.
pub static WORKER: Worker =
    Worker { name: "webhooks-resume-sending", source: Source::Schedule(EVERY_SECONDS, run) };

const EVERY_SECONDS: u32 = 60;
/// Maximum number of lanes and replays of each of 16 shards that one run wakes.
const SHARD_MAX: usize = 200;
/// Number of messages that are sent together.
const AT_ONCE: usize = 10;
/// Time in seconds after which work that is still due is woken again.
const AGAIN_SECONDS: i64 = 300;

fn run(app: App) -> Work {
    Box::pin(async move {
        let due = app.store().list_due_deliveries(app.now(), SHARD_MAX).await?;
        let wakes = due.chunks(AT_ONCE).map(|some| wake(&app, some));
        try_join_all(wakes).await.map(drop)
    })
}

async fn wake(app: &App, due: &[DueWork]) -> Result<()> {
    let messages: Vec<SendWebhook> = due.iter().map(message).collect();
    app.store().send(&WEBHOOK_DELIVERIES, &messages, 0).await?;
    let again = app.now().plus_seconds(AGAIN_SECONDS);
    try_join_all(due.iter().map(|work| app.store().postpone_due_delivery(work, again))).await.map(drop)
}

fn message(due: &DueWork) -> SendWebhook {
    let webhook_id = due.webhook_id.clone();
    match &due.kind {
        // The lane itself knows where it goes on.
        DueWorkKind::Lane(lane) => {
            SendWebhook::Lane { webhook_id, lane: lane.clone(), from: EventOrder::end(), at_once: false }
        }
        DueWorkKind::Replay(kind) => SendWebhook::Replay { webhook_id, kind: *kind },
    }
}
