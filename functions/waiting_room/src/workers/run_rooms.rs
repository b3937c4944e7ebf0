//! Worker that runs a waiting room: gives positions to queue entries, ends expired positions, and admits the
//! next users. Each step is first recorded in the room and then carried out. What a crashed run left undone
//! is carried out before the next step.
//!
//! The reads of a run do not grow with the number of admitted users. It reads the room, the admission blocks
//! with ended positions, the due checks, and their counting blocks.

mod ends;

use std::collections::{BTreeMap, BTreeSet};

use domain::messages::RunWaitingRoom;
use domain::waiting_room::{
    ADMISSION_BLOCK_POSITIONS, AdmissionBlock, ArrivalBucket, ArrivalBucketKey, COUNTING_BLOCK_POSITIONS,
    CountingBlock, Departed, PositionKey, PositionState, QueuePosition, ScheduledCheck, WaitingRoom,
};
use domain::waiting_room::{
    counting_block_of_admission_block, first_open_window, positions_in, window_due_at,
};
use domain::{BusyReason, Code, Error, Result, Timestamp};
use futures::future::try_join_all;
use runtime::{App, Message, Source, Work, Worker};
use store::schema::ROOMS;
use store::{Saved, Store, TryResult, retry};

use runtime::seconds_until;

/// Worker `waiting-room-run-rooms` behind the queue of waiting rooms.
pub static WORKER: Worker = Worker { name: "waiting-room-run-rooms", source: Source::Queue(&ROOMS, run) };

/// Number of arrival windows before a named bucket that are searched for buckets that no message has named
/// yet.
const LOOK_BACK_WINDOWS: u64 = 10;
/// Maximum number of arrival windows that one run searches.
const WINDOWS_MAX: u64 = 40;
/// Maximum number of concurrent writes.
const CONCURRENT_WRITES_MAX: usize = 64;

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        let work: RunWaitingRoom = message.parse()?;
        let attempt = async |()| {
            let room = match app.store().get_waiting_room(&work.queue_id).await {
                Err(error) if error.code == Code::NotFound => return Ok(TryResult::Done(())),
                room => room?,
            };
            if work.version.is_some_and(|version| version < room.version) {
                return Ok(TryResult::Done(()));
            }
            let run = RoomRun { store: app.store(), room, now: app.now() };
            Ok(if run.run_once(&work).await? { TryResult::Done(()) } else { TryResult::Conflict(()) })
        };
        retry(BusyReason::Queue, (), attempt).await
    })
}

struct RoomRun<'a> {
    store: &'a Store,
    room: WaitingRoom,
    now: Timestamp,
}

/// Arrival buckets that get positions together.
struct OrderedBuckets {
    buckets: Vec<(ArrivalBucketKey, ArrivalBucket)>,
    ordered_before: u64,
}

impl RoomRun<'_> {
    /// Does one run of the waiting room: orders arrivals, counts ends and admits users. Returns `false` when
    /// the run must be repeated: another run wrote the room first, or the room was stored by an earlier
    /// version of dibs and has only been converted.
    async fn run_once(&self, work: &RunWaitingRoom) -> Result<bool> {
        if self.room.ended_positions.is_none() {
            return self.convert_older_room().await.map(|()| false);
        }
        self.finish_step().await?;
        let waiting = self.without_positions(&work.buckets).await?;
        let order = self.order(&waiting).await?;
        let count = order
            .as_ref()
            .map_or(0, |order| order.buckets.iter().map(|(_, bucket)| bucket.in_order().len()).sum());
        let mut next = self.room.clone();
        if let Some(order) = &order {
            let keys = order.buckets.iter().map(|(key, _)| *key).collect();
            next = next.assign_positions(keys, count as u64, order.ordered_before, self.now);
        }
        let ends = self.end(&work.admission_blocks).await?;
        next.handled_check.clone_from(&ends.handled_check);
        let counting_blocks: BTreeSet<u64> = ends
            .admission_blocks
            .keys()
            .map(|admission_block| counting_block_of_admission_block(*admission_block))
            .collect();
        let blocks =
            self.read_counting_blocks(&counting_blocks, &next.counting_blocks_ahead(self.now)).await?;
        next = next.count_ends(&ends.admission_blocks, &blocks.masks);
        let counted = next.counted_ends != self.room.counted_ends;
        let departed = blocks.with(&next.counted_ends.0);
        next = next.admit(&departed, self.now);
        let step = (next.admitted > self.room.admitted).then(|| checks_of_step(&next));
        let next_check = step.iter().flatten().map(|check| check.at).chain(ends.next).min();
        let next_run_at = next.next_run(next_check, self.now);
        if next != self.room || self.must_store_next_run(next_run_at) {
            if !counted {
                next.counted_ends.0.clear();
            }
            next = next.next_version(next_run_at, self.now);
            if !self.save(&next).await? {
                return Ok(false);
            }
            if let Some(order) = &order {
                self.write_positions(&order.buckets, self.room.joined).await?;
            }
            self.write_counts(&next, &BTreeMap::new()).await?;
            if let Some(checks) = &step {
                self.carry_out_step(&next, checks).await?;
            }
        } else if work.version.is_some()
            && let Some(at) = self.room.next_run_at.filter(|at| *at > self.now)
        {
            // SQS limits the delay of a message, so a message that arrives early is sent again.
            let work = RunWaitingRoom { version: work.version, ..RunWaitingRoom::of(self.room.id.clone()) };
            self.send(work, at).await?;
        }
        self.resend_early(&waiting, order.as_ref()).await?;
        Ok(true)
    }

    /// Returns whether the time of the next run must be stored even if nothing else has changed.
    fn must_store_next_run(&self, next_run_at: Option<Timestamp>) -> bool {
        match (self.room.next_run_at, next_run_at) {
            (None, None) => false,
            (Some(stored), Some(next)) => stored <= self.now || next < stored,
            (None, Some(_)) => true,
            (Some(stored), None) => stored <= self.now,
        }
    }

    /// Writes the room. Returns `false` when another run wrote it first. The due index is written before, so
    /// that the schedule runs the room if no message does.
    async fn save(&self, next: &WaitingRoom) -> Result<bool> {
        if let Some(at) = next.due_index_at.filter(|_| next.due_index_at != self.room.due_index_at) {
            self.store.set_due(&next.id, at).await?;
        }
        Ok(matches!(self.store.save_waiting_room(next).await?, Saved::Done))
    }

    /// Returns the `named` arrival buckets that have no positions yet.
    async fn without_positions(&self, named: &[ArrivalBucketKey]) -> Result<Vec<ArrivalBucketKey>> {
        let mut open = Vec::new();
        if named.is_empty() {
            return Ok(open);
        }
        let known: BTreeMap<ArrivalBucketKey, ArrivalBucket> =
            self.store.get_arrival_buckets_eventual(&self.room.id, named).await?.into_iter().collect();
        open.extend(
            named.iter().filter(|key| known.get(key).is_none_or(|bucket| bucket.positions.is_none())),
        );
        Ok(open)
    }

    /// Freezes and returns the arrival buckets that are due: those of all arrival windows not searched yet,
    /// and late ones. Returns `None` when there are none.
    async fn order(&self, named: &[ArrivalBucketKey]) -> Result<Option<OrderedBuckets>> {
        let open_from = first_open_window(self.now);
        let Some(first) = named.iter().map(|key| key.window).filter(|window| *window < open_from).min()
        else {
            return Ok(None);
        };
        self.finish_batch().await?;
        let room = &self.room;
        let from = room.ordered_before.max(first.saturating_sub(LOOK_BACK_WINDOWS));
        let ordered_before = open_from.min(from + WINDOWS_MAX).max(room.ordered_before);
        let mut found =
            self.store.get_arrival_buckets_of_windows(&room.id, from..ordered_before, room.groups()).await?;
        let late: Vec<ArrivalBucketKey> = named
            .iter()
            .filter(|key| key.window < open_from && !found.iter().any(|(known, _)| known == *key))
            .copied()
            .collect();
        found.extend(self.store.get_arrival_buckets(&room.id, &late).await?);
        found.retain(|(_, bucket)| bucket.positions.is_none());
        let freeze = found.into_iter().map(|(key, bucket)| async move {
            let bucket = if bucket.frozen { bucket } else { self.store.freeze_bucket(&room.id, key).await? };
            Ok::<_, Error>((key, bucket))
        });
        let mut buckets = try_join_all(freeze).await?;
        // A bucket that got positions between the read and the freeze belongs to a newer version of the room.
        buckets.retain(|(_, bucket)| bucket.positions.is_none());
        Ok((!buckets.is_empty()).then_some(OrderedBuckets { buckets, ordered_before }))
    }

    /// Writes the positions of the last batch of arrival buckets if the run that ordered it did not, and
    /// ends the positions of users who left while they were assigned.
    async fn finish_batch(&self) -> Result<()> {
        let Some(batch) = &self.room.arrival_batch else { return Ok(()) };
        let known = self.store.get_arrival_buckets_eventual(&self.room.id, &batch.buckets).await?;
        if known.len() == batch.buckets.len() && known.iter().all(|(_, bucket)| bucket.positions.is_some()) {
            let departed: Vec<QueuePosition> =
                known.iter().flat_map(|(_, bucket)| bucket.departed_positions()).collect();
            return self.end_departed(&departed).await;
        }
        let buckets = self.store.get_arrival_buckets(&self.room.id, &batch.buckets).await?;
        self.write_positions(&buckets, batch.base).await
    }

    async fn write_positions(
        &self,
        buckets: &[(ArrivalBucketKey, ArrivalBucket)],
        base: QueuePosition,
    ) -> Result<()> {
        let open = |key: &ArrivalBucketKey| {
            buckets.iter().any(|(one, bucket)| one == key && bucket.positions.is_none())
        };
        let positions = positions_in(buckets, base).into_iter().filter(|(key, _)| open(key));
        let write = positions.map(|(key, positions)| async move {
            self.store.assign_positions(&self.room.id, key, &positions).await
        });
        let departed = try_join_all(write).await?.concat();
        self.end_departed(&departed).await
    }

    /// Ends positions whose users left while the positions were assigned.
    async fn end_departed(&self, positions: &[QueuePosition]) -> Result<()> {
        for position in positions {
            let key = PositionKey { queue_id: self.room.id.clone(), position: *position };
            self.store.end_as_left(&key, self.now).await?;
        }
        Ok(())
    }

    /// Sends the arrival buckets that are not due yet in a new message, which arrives when the first of
    /// them is due.
    async fn resend_early(&self, waiting: &[ArrivalBucketKey], order: Option<&OrderedBuckets>) -> Result<()> {
        let has_positions = |key: &ArrivalBucketKey| {
            order.is_some_and(|order| order.buckets.iter().any(|(one, _)| one == key))
        };
        let rest: Vec<ArrivalBucketKey> = waiting.iter().filter(|key| !has_positions(key)).copied().collect();
        match rest.iter().map(|key| key.window).min() {
            None => Ok(()),
            Some(first) => {
                self.send(
                    RunWaitingRoom { buckets: rest, ..RunWaitingRoom::of(self.room.id.clone()) },
                    window_due_at(first),
                )
                .await
            }
        }
    }

    async fn send(&self, work: RunWaitingRoom, at: Timestamp) -> Result<()> {
        self.store.send(&ROOMS, &[work], seconds_until(at, self.now).max(1)).await
    }
}

/// Returns the scheduled checks of the positions that the room admitted last. They are due when the first
/// of these positions expires.
fn checks_of_step(room: &WaitingRoom) -> Vec<ScheduledCheck> {
    let Some(step) = room.admission_step else { return Vec::new() };
    let state = PositionState { admitted_at: Some(step.at), ..PositionState::default() };
    let Some((at, _)) = room.deadline(step.after.next(), state) else { return Vec::new() };
    ScheduledCheck::for_positions(at, step.after, room.admitted)
}
