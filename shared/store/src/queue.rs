//! Storage of waiting rooms and queue entries. Arrival buckets and admission blocks have files of their own.

mod blocks;
mod gates;
mod pages;

pub use gates::UseOutcome;
pub(crate) use gates::admission_block_of;
pub(crate) use pages::arrival_bucket_of;
pub use pages::{JoinOutcome, LeaveOutcome};

use std::sync::Arc;

use domain::ids::{QueueId, UserId};
use domain::messages::RunWaitingRoom;
use domain::queue::{ArrivalBucketKey, ENTRIES_KEPT_SECONDS, QueueEntry, WaitingRoom};
use domain::{Error, Result, Timestamp};
use serde::{Deserialize, Serialize};

use crate::keys::Key;
use crate::keys::ListKey;
use crate::list::{List, ListPosition, ListRange};
use crate::schema::{QUEUE, ROOMS, Table};
use crate::{Entity, Saved, Store};

/// Maximum age, in milliseconds, of a cached waiting room that is shown to clients.
const FRESH_FOR_MS: i64 = 1000;

/// Minimum time, in milliseconds, between two messages by which an instance wakes the same waiting room.
const WAKE_EVERY_MS: i64 = 60_000;

/// Time at which a waiting room is due, as the due index lists it. Once a minute the worker `sweep_rooms`
/// reads the index and sends a message for each room that the worker `run_rooms` should have handled by then.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DueIndexEntry {
    /// Waiting room that is due.
    pub queue_id: QueueId,
    /// Time at which `sweep_rooms` checks the room. `None` while the room has nothing to do; the index then
    /// lacks it.
    #[serde(with = "domain::time::millis::option", default)]
    pub at: Option<Timestamp>,
}

impl Entity for DueIndexEntry {
    const TABLE: &'static Table = &QUEUE;

    fn key(&self) -> Key {
        watch_key(&self.queue_id)
    }

    fn list_key(&self) -> Option<ListKey> {
        Some(watches().key(self.at?, self.queue_id.as_str()))
    }
}

impl Entity for WaitingRoom {
    const TABLE: &'static Table = &QUEUE;

    fn key(&self) -> Key {
        room_key(&self.id)
    }

    fn list_key(&self) -> Option<ListKey> {
        Some(rooms().key(self.created_at, self.id.as_str()))
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }
}

impl Entity for QueueEntry {
    const TABLE: &'static Table = &QUEUE;

    fn key(&self) -> Key {
        joining_key(&self.queue_id, &self.user_id)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn expires(&self) -> Option<i64> {
        Some(kept_until(self.joined_at))
    }
}

fn room_key(queue: &QueueId) -> Key {
    Key::new(format!("QUEUE#{queue}"), "ROOM")
}

fn watch_key(queue: &QueueId) -> Key {
    Key::new(format!("QUEUE#{queue}"), "WATCH")
}

/// Returns the list of waiting rooms by the time at which they are due (the due index).
fn watches() -> List {
    List::sharded("WATCH")
}

fn joining_key(queue: &QueueId, user: &UserId) -> Key {
    Key::new(format!("QUEUE#{queue}#USER#{user}"), "JOINING")
}

/// Returns the list of waiting rooms. Only operators create rooms, so one shard suffices.
fn rooms() -> List {
    List::single_shard("QUEUES")
}

/// Returns the expiry, in seconds since 1970, of an item that was created `at`.
fn kept_until(at: Timestamp) -> i64 {
    at.as_seconds() + ENTRIES_KEPT_SECONDS
}

impl Store {
    /// Reads a waiting room, strongly consistent.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn get_room(&self, id: &QueueId) -> Result<WaitingRoom> {
        let found: Option<WaitingRoom> = self.get(&room_key(id)).await?;
        found.ok_or_else(|| Error::not_found("queue"))
    }

    /// Returns a waiting room from the cache, at most a second old. An instance reads it about once a
    /// second.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn get_room_cached(&self, id: &QueueId, now: Timestamp) -> Result<Arc<WaitingRoom>> {
        let read = || async { self.get_eventual::<WaitingRoom>(&room_key(id)).await };
        let found = self.recent.rooms.get_or_read(id, now, FRESH_FOR_MS, read).await?;
        found.ok_or_else(|| Error::not_found("queue"))
    }

    /// Writes a waiting room: a new one as version 1, or the next version. Returns `Saved::Conflict` with the
    /// stored one when another write came first.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when the room's counters contradict each other.
    pub async fn save_room(&self, room: &WaitingRoom) -> Result<Saved<WaitingRoom>> {
        room.check()?;
        let saved = if room.version == 1 { self.create(room).await } else { self.save(room).await };
        self.recent.rooms.forget(&room.id);
        saved
    }

    /// Lists up to `limit` waiting rooms of the due index that are due at or before `now`, latest time first.
    pub async fn watched_rooms(&self, now: Timestamp, limit: usize) -> Result<Vec<DueIndexEntry>> {
        let part =
            ListRange { to: Some(Timestamp::from_millis(now.as_millis() + 1)), ..ListRange::default() };
        let found: Vec<(ListPosition, DueIndexEntry)> = self.list(&watches(), &part, limit).await?;
        Ok(found.into_iter().map(|(_, watch)| watch).collect())
    }

    /// Sends a message that makes the worker `run_rooms` give positions to the entries of arrival bucket
    /// `page`, in case the first such message was lost. An instance sends at most one a minute for each
    /// waiting room.
    pub async fn wake_room(&self, queue: &QueueId, page: ArrivalBucketKey, now: Timestamp) -> Result<()> {
        if self.recent.woken.get(queue, now, WAKE_EVERY_MS).is_some() {
            return Ok(());
        }
        self.recent.woken.put(queue.clone(), now, None);
        let work = RunWaitingRoom { pages: vec![page], ..RunWaitingRoom::of(queue.clone()) };
        self.send(&ROOMS, &[work], 0).await
    }

    /// Lists waiting rooms, newest first.
    pub async fn list_rooms(
        &self,
        part: &ListRange,
        limit: usize,
    ) -> Result<Vec<(ListPosition, WaitingRoom)>> {
        self.list(&rooms(), part, limit).await
    }

    /// Reads the queue entry of `user`, strongly consistent. Returns `None` when the user never joined.
    pub async fn joining(&self, queue: &QueueId, user: &UserId) -> Result<Option<QueueEntry>> {
        self.get(&joining_key(queue, user)).await
    }

    /// Reads the queue entry of `user`, eventually consistent. Returns `None` when the user never joined.
    pub async fn get_queue_entry_eventual(
        &self,
        queue: &QueueId,
        user: &UserId,
    ) -> Result<Option<QueueEntry>> {
        self.get_eventual(&joining_key(queue, user)).await
    }

    /// Writes a queue entry: a new one as version 1, or the next version. Returns `Saved::Conflict` with the
    /// stored one when another write came first.
    pub async fn save_queue_entry(&self, joining: &QueueEntry) -> Result<Saved<QueueEntry>> {
        if joining.version == 1 { self.create(joining).await } else { self.save(joining).await }
    }
}
