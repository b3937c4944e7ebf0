//! The only reader of the queues' stream: a page that joiners came to, a room that is to be looked at again
//! and a place that has become free are work for `workers-run-rooms`.

use std::collections::BTreeMap;

use aws_lambda_events::event::dynamodb::EventRecord;
use domain::Timestamp;
use domain::ids::QueueId;
use domain::messages::RunRoom;
use domain::queue::{PageKey, due_at};
use edge::{App, Metric, Source, Work, Worker, count};
use store::changes::QueueChange;
use store::schema::{QUEUE, ROOMS};

use crate::seconds_until;

/// The worker.
pub static WORKER: Worker = Worker { name: "workers-relay-queue", source: Source::Stream(&QUEUE, run) };

fn run(app: App, records: Vec<EventRecord>) -> Work {
    Box::pin(async move {
        let mut pages: BTreeMap<QueueId, Vec<PageKey>> = BTreeMap::new();
        let mut looks: BTreeMap<QueueId, (u64, Timestamp)> = BTreeMap::new();
        let mut ended: Vec<QueueId> = Vec::new();
        for record in records {
            let images = record.change;
            match QueueChange::of(&images.keys, &images.old_image, images.new_image)? {
                QueueChange::Page(queue, page) => pages.entry(queue).or_default().push(page),
                QueueChange::Room { admitted_before, after: room } => {
                    count(Metric::Admissions, room.admitted.saturating_sub(admitted_before));
                    match room.wake_at {
                        Some(at) => drop(looks.insert(room.id, (room.version, at))),
                        None => drop(looks.remove(&room.id)),
                    }
                }
                QueueChange::Ended(queue) if !ended.contains(&queue) => ended.push(queue),
                QueueChange::Ended(_) | QueueChange::Other => {}
            }
        }
        let store = app.store();
        for (queue_id, pages) in pages {
            let due = pages.iter().map(|page| page.slice).max().map_or(app.now(), due_at);
            let work = RunRoom { queue_id, pages, version: None };
            store.send(&ROOMS, &[work], seconds_until(due, app.now())).await?;
        }
        for (queue_id, (version, at)) in looks {
            let look = RunRoom { queue_id, pages: Vec::new(), version: Some(version) };
            store.send(&ROOMS, &[look], seconds_until(at, app.now())).await?;
        }
        let free = |queue_id| RunRoom { queue_id, pages: Vec::new(), version: None };
        store.send(&ROOMS, &ended.into_iter().map(free).collect::<Vec<_>>(), 0).await
    })
}
