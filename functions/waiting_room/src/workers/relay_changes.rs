//! Relay of the waiting rooms' stream, its only consumer. New arrival buckets, rooms with a next run, and
//! ended positions become messages for `waiting-room-run-rooms`.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::event::dynamodb::EventRecord;
use domain::Timestamp;
use domain::ids::QueueId;
use domain::messages::RunWaitingRoom;
use domain::queue::{ArrivalBucketKey, due_at};
use runtime::{App, Metric, Source, Work, Worker, count};
use store::changes::WaitingRoomChange;
use store::schema::{QUEUE, ROOMS};

use runtime::seconds_until;

/// Worker `waiting-room-relay-changes` behind the stream of waiting rooms.
pub static WORKER: Worker =
    Worker { name: "waiting-room-relay-changes", source: Source::Stream(&QUEUE, run) };

fn run(app: App, records: Vec<EventRecord>) -> Work {
    Box::pin(async move {
        let mut pages: BTreeMap<QueueId, Vec<ArrivalBucketKey>> = BTreeMap::new();
        let mut looks: BTreeMap<QueueId, (u64, Timestamp)> = BTreeMap::new();
        let mut ended: BTreeMap<QueueId, BTreeSet<u64>> = BTreeMap::new();
        for record in records {
            let images = record.change;
            match WaitingRoomChange::of(&images.keys, &images.old_image, images.new_image)? {
                WaitingRoomChange::Page(queue, page) => pages.entry(queue).or_default().push(page),
                WaitingRoomChange::Room { admitted_before, after: room } => {
                    count(Metric::Admissions, room.admitted.saturating_sub(admitted_before));
                    match room.wake_at.filter(|_| !room.is_far_off(app.now())) {
                        Some(at) => drop(looks.insert(room.id, (room.version, at))),
                        None => drop(looks.remove(&room.id)),
                    }
                }
                WaitingRoomChange::Ended(queue, gate) => drop(ended.entry(queue).or_default().insert(gate)),
                WaitingRoomChange::Other => {}
            }
        }
        let store = app.store();
        for (queue_id, pages) in pages {
            // A bucket that is not due yet when the message arrives is sent again by the receiver, with a
            // new delay.
            let due = pages.iter().map(|page| page.window).min().map_or(app.now(), due_at);
            let work = RunWaitingRoom { pages, ..RunWaitingRoom::of(queue_id) };
            store.send(&ROOMS, &[work], seconds_until(due, app.now())).await?;
        }
        for (queue_id, (version, at)) in looks {
            let look = RunWaitingRoom { version: Some(version), ..RunWaitingRoom::of(queue_id) };
            store.send(&ROOMS, &[look], seconds_until(at, app.now())).await?;
        }
        let free = |(queue_id, gates): (QueueId, BTreeSet<u64>)| {
            let gates = gates.into_iter().collect();
            RunWaitingRoom { gates, ..RunWaitingRoom::of(queue_id) }
        };
        store.send(&ROOMS, &ended.into_iter().map(free).collect::<Vec<_>>(), 0).await
    })
}
