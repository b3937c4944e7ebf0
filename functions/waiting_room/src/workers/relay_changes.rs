//! Relay of the waiting rooms' stream, its only consumer. New arrival buckets, rooms with a next run, and
//! ended positions become messages for `waiting-room-run-rooms`. Changes by operators, admissions and no-shows become
//! domain events.

use std::collections::{BTreeMap, BTreeSet};

use aws_lambda_events::event::dynamodb::EventRecord;
use domain::Timestamp;
use domain::ids::QueueId;
use domain::live::LiveTopic;
use domain::messages::RunWaitingRoom;
use domain::waiting_room::{ArrivalBucketKey, window_due_at};
use runtime::{App, AuditBatch, FigureCounts, Metric, Source, Work, Worker, count};
use store::changes::WaitingRoomChange;
use store::schema::{QUEUE, ROOMS};

use runtime::live::tell_subscribers;
use runtime::outbox::{add_entities, publish, resource_events};
use runtime::seconds_until;

/// Worker `waiting-room-relay-changes` behind the stream of waiting rooms.
pub static WORKER: Worker =
    Worker { name: "waiting-room-relay-changes", source: Source::Stream(&QUEUE, run) };

fn run(app: App, records: Vec<EventRecord>) -> Work {
    Box::pin(async move {
        let mut audit = AuditBatch::default();
        let mut buckets: BTreeMap<QueueId, Vec<ArrivalBucketKey>> = BTreeMap::new();
        let mut next_runs: BTreeMap<QueueId, (u64, Timestamp)> = BTreeMap::new();
        let mut ended: BTreeMap<QueueId, BTreeSet<u64>> = BTreeMap::new();
        let mut figures = FigureCounts::of(&app, &QUEUE);
        let (mut events, mut changed) = (Vec::new(), Vec::new());
        for record in records {
            events.extend(resource_events(&record)?);
            figures.add(&record)?;
            let images = record.change;
            audit.add(&app, &images).await?;
            match WaitingRoomChange::of(&images.keys, &images.old_image, images.new_image)? {
                WaitingRoomChange::ArrivalBucket(queue, bucket) => {
                    buckets.entry(queue).or_default().push(bucket)
                }
                WaitingRoomChange::Room { admitted_before, after: room } => {
                    count(Metric::Admissions, room.admitted.count_after(admitted_before));
                    changed.push(LiveTopic::QueuePosition(room.id.clone()));
                    match room.next_run_at.filter(|_| !room.is_next_run_far_off(app.now())) {
                        Some(at) => drop(next_runs.insert(room.id, (room.version, at))),
                        None => drop(next_runs.remove(&room.id)),
                    }
                }
                WaitingRoomChange::PositionEnded(queue, admission_block) => {
                    ended.entry(queue).or_default().insert(admission_block);
                }
                WaitingRoomChange::Other => {}
            }
        }
        add_entities(&events);
        audit.record(&app).await?;
        let store = app.store();
        for (queue_id, buckets) in buckets {
            // A bucket that is not due yet when the message arrives is sent again by the receiver, with a
            // new delay.
            let due = buckets.iter().map(|bucket| bucket.window).min().map_or(app.now(), window_due_at);
            let work = RunWaitingRoom { buckets, ..RunWaitingRoom::of(queue_id) };
            store.send(&ROOMS, &[work], seconds_until(due, app.now())).await?;
        }
        for (queue_id, (version, at)) in next_runs {
            let run = RunWaitingRoom { version: Some(version), ..RunWaitingRoom::of(queue_id) };
            store.send(&ROOMS, &[run], seconds_until(at, app.now())).await?;
        }
        let count_ends = |(queue_id, admission_blocks): (QueueId, BTreeSet<u64>)| {
            let admission_blocks = admission_blocks.into_iter().collect();
            RunWaitingRoom { admission_blocks, ..RunWaitingRoom::of(queue_id) }
        };
        store.send(&ROOMS, &ended.into_iter().map(count_ends).collect::<Vec<_>>(), 0).await?;
        publish(&app, &events).await?;
        figures.write(&app).await?;
        tell_subscribers(&app, changed).await
    })
}
