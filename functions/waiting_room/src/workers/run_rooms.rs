//! Worker that runs a waiting room: gives positions to queue entries, ends expired positions, and admits the
//! next users. Each step is first recorded in the room and then carried out. What a crashed run left undone
//! is carried out before the next step.
//!
//! The reads of a run do not grow with the number of admitted users. It reads the room, the admission blocks
//! with ended positions, the due checks, and their counting blocks.

mod ends;

use std::collections::{BTreeMap, BTreeSet};

use domain::messages::RunWaitingRoom;
use domain::queue::{
    ADMISSION_BLOCK_POSITIONS, AdmissionBlock, ArrivalBucket, ArrivalBucketKey, COUNTING_BLOCK_POSITIONS,
    CountingBlock, Departed, PositionState, QueuePosition, ScheduledCheck, WaitingRoom,
};
use domain::queue::{block_of, due_at, due_before, positions_in};
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
const LOOK_BACK_SLICES: u64 = 10;
/// Maximum number of arrival windows that one run searches.
const SLICES_MAX: u64 = 40;
/// Maximum number of concurrent writes.
const AT_ONCE: usize = 64;

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        let work: RunWaitingRoom = message.parse()?;
        let attempt = async |()| {
            let room = match app.store().get_room(&work.queue_id).await {
                Err(error) if error.code == Code::NotFound => return Ok(TryResult::Done(())),
                room => room?,
            };
            if work.version.is_some_and(|version| version < room.version) {
                return Ok(TryResult::Done(()));
            }
            let run = RoomRun { store: app.store(), room, now: app.now() };
            Ok(if run.once(&work).await? { TryResult::Done(()) } else { TryResult::Lost(()) })
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
struct ArrivalOrder {
    pages: Vec<(ArrivalBucketKey, ArrivalBucket)>,
    looked_before: u64,
}

impl RoomRun<'_> {
    /// Does one round of the waiting room: orders arrivals, counts ends and admits users. Returns `false` when
    /// the round must be repeated: another run wrote the room first, or the room was stored by an earlier
    /// version of dibs and has only been converted.
    async fn once(&self, work: &RunWaitingRoom) -> Result<bool> {
        if self.room.inside.is_none() {
            return self.take_over().await.map(|()| false);
        }
        self.finish_step().await?;
        let waiting = self.unplaced(&work.pages).await?;
        let order = self.order(&waiting).await?;
        let count =
            order.as_ref().map_or(0, |order| order.pages.iter().map(|(_, page)| page.in_order().len()).sum());
        let mut next = self.room.clone();
        if let Some(order) = &order {
            let keys = order.pages.iter().map(|(key, _)| *key).collect();
            next = next.place(keys, count as u64, order.looked_before, self.now);
        }
        let ends = self.end(&work.gates).await?;
        next.handled.clone_from(&ends.handled);
        let gates: BTreeSet<u64> =
            ends.gates.keys().map(|gate| block_of(gate * ADMISSION_BLOCK_POSITIONS + 1)).collect();
        let blocks = self.blocks(&gates, &next.blocks_ahead(self.now)).await?;
        next = next.count(&ends.gates, &blocks.masks);
        let counted = next.counting != self.room.counting;
        let departed = blocks.with(&next.counting.0);
        next = next.admit(&departed, self.now);
        let step = (next.admitted > self.room.admitted).then(|| checks_of_step(&next));
        let next_due = step.iter().flatten().map(|due| due.at).chain(ends.next).min();
        let look = next.next_look(next_due, self.now);
        if next != self.room || self.must_look(look) {
            if !counted {
                next.counting.0.clear();
            }
            next = next.next(look, self.now);
            if !self.save(&next).await? {
                return Ok(false);
            }
            if let Some(order) = &order {
                self.place(&order.pages, next.joined - count as u64).await?;
            }
            self.write_counts(&next, &BTreeMap::new()).await?;
            if let Some(dues) = &step {
                self.carry_out_step(&next, dues).await?;
            }
        } else if work.version.is_some()
            && let Some(at) = self.room.wake_at.filter(|at| *at > self.now)
        {
            // SQS limits the delay of a message, so a message that arrives early is sent again.
            let work = RunWaitingRoom { version: work.version, ..RunWaitingRoom::of(self.room.id.clone()) };
            self.send(work, at).await?;
        }
        self.send_back(&waiting, order.as_ref()).await?;
        Ok(true)
    }

    /// Returns whether the time of the next run must be stored even if nothing else has changed.
    fn must_look(&self, look: Option<Timestamp>) -> bool {
        match (self.room.wake_at, look) {
            (None, None) => false,
            (Some(noted), Some(look)) => noted <= self.now || look < noted,
            (None, Some(_)) => true,
            (Some(noted), None) => noted <= self.now,
        }
    }

    /// Writes the room. Returns `false` when another run wrote it first. The due index is written before, so
    /// that the schedule runs the room if no message does.
    async fn save(&self, next: &WaitingRoom) -> Result<bool> {
        if let Some(at) = next.watched.filter(|_| next.watched != self.room.watched) {
            self.store.watch_room(&next.id, at).await?;
        }
        Ok(matches!(self.store.save_room(next).await?, Saved::Done))
    }

    /// Returns the `named` arrival buckets that have no positions yet.
    async fn unplaced(&self, named: &[ArrivalBucketKey]) -> Result<Vec<ArrivalBucketKey>> {
        let mut open = Vec::new();
        if named.is_empty() {
            return Ok(open);
        }
        let known: BTreeMap<ArrivalBucketKey, ArrivalBucket> =
            self.store.get_buckets_eventual(&self.room.id, named).await?.into_iter().collect();
        open.extend(named.iter().filter(|key| known.get(key).is_none_or(|page| page.places.is_none())));
        Ok(open)
    }

    /// Freezes and returns the arrival buckets that are due: those of all arrival windows not searched yet,
    /// and late ones. Returns `None` when there are none.
    async fn order(&self, named: &[ArrivalBucketKey]) -> Result<Option<ArrivalOrder>> {
        let due = due_before(self.now);
        let Some(first) = named.iter().map(|key| key.window).filter(|window| *window < due).min() else {
            return Ok(None);
        };
        self.finish_batch().await?;
        let room = &self.room;
        let from = room.looked_before.max(first.saturating_sub(LOOK_BACK_SLICES));
        let looked_before = due.min(from + SLICES_MAX).max(room.looked_before);
        let mut found = self.store.pages_of(&room.id, from..looked_before, room.groups()).await?;
        let late: Vec<ArrivalBucketKey> = named
            .iter()
            .filter(|key| key.window < due && !found.iter().any(|(known, _)| known == *key))
            .copied()
            .collect();
        found.extend(self.store.pages(&room.id, &late).await?);
        found.retain(|(_, page)| page.places.is_none());
        let freeze = found.into_iter().map(|(key, page)| async move {
            let page = if page.frozen { page } else { self.store.freeze_bucket(&room.id, key).await? };
            Ok::<_, Error>((key, page))
        });
        let mut pages = try_join_all(freeze).await?;
        // A bucket that got positions between the read and the freeze belongs to a newer version of the room.
        pages.retain(|(_, page)| page.places.is_none());
        Ok((!pages.is_empty()).then_some(ArrivalOrder { pages, looked_before }))
    }

    /// Writes the positions of the last batch of arrival buckets if the run that ordered it did not, and
    /// ends the positions of users who left while they were assigned.
    async fn finish_batch(&self) -> Result<()> {
        let Some(batch) = &self.room.batch else { return Ok(()) };
        let known = self.store.get_buckets_eventual(&self.room.id, &batch.pages).await?;
        if known.len() == batch.pages.len() && known.iter().all(|(_, page)| page.places.is_some()) {
            let gone: Vec<u64> = known.iter().flat_map(|(_, page)| page.gone_positions()).collect();
            return self.end_left(&gone).await;
        }
        let pages = self.store.pages(&self.room.id, &batch.pages).await?;
        self.place(&pages, batch.base).await
    }

    async fn place(&self, pages: &[(ArrivalBucketKey, ArrivalBucket)], base: u64) -> Result<()> {
        let open =
            |key: &ArrivalBucketKey| pages.iter().any(|(one, page)| one == key && page.places.is_none());
        let places = positions_in(pages, base).into_iter().filter(|(key, _)| open(key));
        let write = places.map(|(key, places)| async move {
            self.store.assign_positions(&self.room.id, key, &places).await
        });
        let gone = try_join_all(write).await?.concat();
        self.end_left(&gone).await
    }

    /// Ends positions whose users left while the positions were assigned.
    async fn end_left(&self, positions: &[u64]) -> Result<()> {
        for number in positions {
            let place = QueuePosition { queue_id: self.room.id.clone(), number: *number };
            self.store.leave_position(&place).await?;
        }
        Ok(())
    }

    /// Sends the arrival buckets that are not due yet in a new message, which arrives when the first of
    /// them is due.
    async fn send_back(&self, waiting: &[ArrivalBucketKey], order: Option<&ArrivalOrder>) -> Result<()> {
        let placed =
            |key: &ArrivalBucketKey| order.is_some_and(|order| order.pages.iter().any(|(one, _)| one == key));
        let rest: Vec<ArrivalBucketKey> = waiting.iter().filter(|key| !placed(key)).copied().collect();
        match rest.iter().map(|key| key.window).min() {
            None => Ok(()),
            Some(first) => {
                self.send(
                    RunWaitingRoom { pages: rest, ..RunWaitingRoom::of(self.room.id.clone()) },
                    due_at(first),
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
    let Some(step) = room.step else { return Vec::new() };
    let state = PositionState { admitted_at: Some(step.at), ..PositionState::default() };
    let Some((at, _)) = room.deadline(step.after + 1, state) else { return Vec::new() };
    ScheduledCheck::stretches(at, step.after, room.admitted)
}
