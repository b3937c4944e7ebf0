//! Scheduled worker that reads the due index of notifications: those whose quiet hours are over leave.

use domain::messages::NotificationWork;
use runtime::{App, Source, Work, Worker};
use store::schema::NOTIFICATION_EVENTS;

/// Scheduled worker `notifications-send-due`, once a minute.
pub static WORKER: Worker =
    Worker { name: "notifications-send-due", source: Source::Schedule(EVERY_SECONDS, run) };

const EVERY_SECONDS: u32 = 60;
/// Maximum number of notifications of each of 16 shards in one run. Later ones wait for the next run.
const SHARD_MAX: usize = 600;
/// Number of notifications of one message.
const IDS_AT_ONCE: usize = 25;

fn run(app: App) -> Work {
    Box::pin(async move {
        let due = app.store().list_due_notifications_eventual(app.now(), SHARD_MAX).await?;
        let parts: Vec<NotificationWork> =
            due.chunks(IDS_AT_ONCE).map(|ids| NotificationWork::Deliver { ids: ids.to_vec() }).collect();
        app.store().send(&NOTIFICATION_EVENTS, &parts, 0).await
    })
}
