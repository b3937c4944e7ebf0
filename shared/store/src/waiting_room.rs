//! Storage of waiting rooms and queue entries. Arrival buckets and admission blocks have files of their own.

mod admission_blocks;
mod arrival_buckets;
mod counting_blocks;
mod due_index;
mod scheduled_checks;

pub use admission_blocks::UseOutcome;
pub(crate) use admission_blocks::{admission_block, admission_block_of};
pub use arrival_buckets::{JoinOutcome, LeaveOutcome};
pub(crate) use arrival_buckets::{arrival_bucket, arrival_bucket_of};
pub use due_index::DueIndexEntry;

use std::sync::Arc;

use domain::ids::{QueueId, UserId};
use domain::messages::RunWaitingRoom;
use domain::waiting_room::{ArrivalBucketKey, ENTRIES_KEPT_SECONDS, QueueEntry, WaitingRoom};
use domain::{Error, Result, Timestamp};

use crate::author::SealedEntity;
use crate::keys::{Attributes, Key, ListKey};
use crate::list::{List, ListPosition, ListRange};
use crate::schema::{QUEUE, ROOMS, Table};
use crate::{Entity, Saved, Store};

/// Maximum age, in milliseconds, of a cached waiting room that is shown to clients.
const FRESH_FOR_MS: i64 = 1000;

/// Minimum time, in milliseconds, between two messages by which an instance wakes the same waiting room.
const WAKE_EVERY_MS: i64 = 60_000;

impl Entity for WaitingRoom {
    const TABLE: &'static Table = &QUEUE;

    fn key(&self) -> Key {
        waiting_room_key(&self.id)
    }

    fn list_key(&self) -> Option<ListKey> {
        Some(rooms().key(self.created_at, self.id.as_str()))
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn sealed(&self) -> Option<SealedEntity<Self>> {
        Some(SealedEntity::of(self))
    }
}

impl Entity for QueueEntry {
    const TABLE: &'static Table = &QUEUE;

    fn key(&self) -> Key {
        queue_entry_key(&self.queue_id, &self.user_id)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn expires(&self) -> Option<i64> {
        Some(kept_until(self.joined_at))
    }
}

pub(crate) fn waiting_room_key(queue: &QueueId) -> Key {
    Key::new(format!("QUEUE#{queue}"), "ROOM")
}

fn queue_entry_key(queue: &QueueId, user: &UserId) -> Key {
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

fn number<T: std::str::FromStr>(item: &Attributes, name: &str) -> Option<T> {
    item.get(name)?.as_n().ok()?.parse().ok()
}

impl Store {
    /// Reads a waiting room, strongly consistent.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn get_waiting_room(&self, id: &QueueId) -> Result<WaitingRoom> {
        let found: Option<WaitingRoom> = self.get(&waiting_room_key(id)).await?;
        found.ok_or_else(|| Error::not_found("queue"))
    }

    /// Returns a waiting room from the cache, at most a second old. An instance reads it about once a
    /// second.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn get_waiting_room_cached(&self, id: &QueueId, now: Timestamp) -> Result<Arc<WaitingRoom>> {
        let read = || async { self.get_eventual::<WaitingRoom>(&waiting_room_key(id)).await };
        let found = self.cache.rooms.get_or_read(id, now, FRESH_FOR_MS, read).await?;
        found.ok_or_else(|| Error::not_found("queue"))
    }

    /// Writes a waiting room: a new one as version 1, or the next version. Returns `Saved::Conflict` with the
    /// stored one when another write came first.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when the room's counters contradict each other.
    pub async fn save_waiting_room(&self, room: &WaitingRoom) -> Result<Saved<WaitingRoom>> {
        room.check_invariants()?;
        let saved = if room.version == 1 { self.create(room).await } else { self.save(room).await };
        self.cache.rooms.forget(&room.id);
        saved
    }

    /// Sends a message that makes the worker `run_rooms` give positions to the entries of arrival bucket
    /// `bucket`, in case the first such message was lost. An instance sends at most one a minute for each
    /// waiting room.
    pub async fn wake_waiting_room(
        &self,
        queue: &QueueId,
        bucket: ArrivalBucketKey,
        now: Timestamp,
    ) -> Result<()> {
        if self.cache.woken.get(queue, now, WAKE_EVERY_MS).is_some() {
            return Ok(());
        }
        self.cache.woken.put(queue.clone(), now, None);
        let work = RunWaitingRoom { buckets: vec![bucket], ..RunWaitingRoom::of(queue.clone()) };
        self.send(&ROOMS, &[work], 0).await
    }

    /// Lists waiting rooms, newest first.
    pub async fn list_waiting_rooms(
        &self,
        part: &ListRange,
        limit: usize,
    ) -> Result<Vec<(ListPosition, WaitingRoom)>> {
        self.list(&rooms(), part, limit).await
    }

    /// Reads the queue entry of `user`, strongly consistent. Returns `None` when the user never joined.
    pub async fn get_queue_entry_if_exists(
        &self,
        queue: &QueueId,
        user: &UserId,
    ) -> Result<Option<QueueEntry>> {
        self.get(&queue_entry_key(queue, user)).await
    }

    /// Reads the queue entry of `user`, eventually consistent. Returns `None` when the user never joined.
    pub async fn get_queue_entry_eventual(
        &self,
        queue: &QueueId,
        user: &UserId,
    ) -> Result<Option<QueueEntry>> {
        self.get_eventual(&queue_entry_key(queue, user)).await
    }

    /// Writes a queue entry: a new one as version 1, or the next version. Returns `Saved::Conflict` with the
    /// stored one when another write came first.
    pub async fn save_queue_entry(&self, entry: &QueueEntry) -> Result<Saved<QueueEntry>> {
        if entry.version == 1 { self.create(entry).await } else { self.save(entry).await }
    }
}
