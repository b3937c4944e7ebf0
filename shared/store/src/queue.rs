//! Waiting rooms: the room, and who has joined it. Pages and gates are in files of their own.

mod blocks;
mod gates;
mod pages;

pub use gates::Entered;
pub(crate) use gates::gate_of;
pub(crate) use pages::page_of;
pub use pages::{Joined, LeftPage};

use std::sync::Arc;

use domain::ids::{QueueId, UserId};
use domain::messages::RunRoom;
use domain::queue::{Joining, PageKey, Room, TICKETS_KEPT_SECONDS};
use domain::{Error, Result, Timestamp};
use serde::{Deserialize, Serialize};

use crate::keys::Key;
use crate::list::{List, ListKey, Part, Position};
use crate::schema::{QUEUE, ROOMS, Table};
use crate::{Entity, Saved, Store};

/// How old the room may be that everybody is told about.
const FRESH_FOR_MS: i64 = 1000;

/// How often an instance wakes a room because somebody on a page asks, in milliseconds.
const WAKE_EVERY_MS: i64 = 60_000;

/// That the schedule is to look at a room.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watch {
    /// Which room.
    pub queue_id: QueueId,
    /// When; never while there is nothing to look at.
    #[serde(with = "domain::time::millis::option", default)]
    pub at: Option<Timestamp>,
}

impl Entity for Watch {
    const TABLE: &'static Table = &QUEUE;

    fn key(&self) -> Key {
        watch_key(&self.queue_id)
    }

    fn list_key(&self) -> Option<ListKey> {
        Some(watches().key(self.at?, self.queue_id.as_str()))
    }
}

impl Entity for Room {
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

impl Entity for Joining {
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

/// Rooms that the schedule looks at, by when.
fn watches() -> List {
    List::busy("WATCH")
}

fn joining_key(queue: &QueueId, user: &UserId) -> Key {
    Key::new(format!("QUEUE#{queue}#USER#{user}"), "JOINING")
}

/// Only operators make rooms.
fn rooms() -> List {
    List::quiet("QUEUES")
}

/// When what came `at` may be deleted, in seconds since 1970.
fn kept_until(at: Timestamp) -> i64 {
    at.as_seconds() + TICKETS_KEPT_SECONDS
}

impl Store {
    /// A room as it is.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none.
    pub async fn room(&self, id: &QueueId) -> Result<Room> {
        let found: Option<Room> = self.get(&room_key(id)).await?;
        found.ok_or_else(|| Error::not_found("queue"))
    }

    /// A room, at most a second old: one read a second for each function instance.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none.
    pub async fn recent_room(&self, id: &QueueId, now: Timestamp) -> Result<Arc<Room>> {
        let read = || async { self.peek::<Room>(&room_key(id)).await };
        let found = self.recent.rooms.get_or_read(id, now, FRESH_FOR_MS, read).await?;
        found.ok_or_else(|| Error::not_found("queue"))
    }

    /// Writes a room: a new one as version 1, or the next version.
    ///
    /// # Errors
    /// `INTERNAL_ERROR` when it contradicts itself; those of the store.
    pub async fn save_room(&self, room: &Room) -> Result<Saved<Room>> {
        room.check()?;
        let saved = if room.version == 1 { self.create(room).await } else { self.save(room).await };
        self.recent.rooms.forget(&room.id);
        saved
    }

    /// Returns up to `limit` rooms that the schedule was to look at by `now`.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn watched_rooms(&self, now: Timestamp, limit: usize) -> Result<Vec<Watch>> {
        let part = Part { to: Some(Timestamp::from_millis(now.as_millis() + 1)), ..Part::default() };
        let found: Vec<(Position, Watch)> = self.list(&watches(), &part, limit).await?;
        Ok(found.into_iter().map(|(_, watch)| watch).collect())
    }

    /// Sends the message of a page again that should have been put in order by now: at most once a minute for
    /// each room and function instance.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn wake_room(&self, queue: &QueueId, page: PageKey, now: Timestamp) -> Result<()> {
        if self.recent.woken.get(queue, now, WAKE_EVERY_MS).is_some() {
            return Ok(());
        }
        self.recent.woken.put(queue.clone(), now, None);
        let work = RunRoom { pages: vec![page], ..RunRoom::of(queue.clone()) };
        self.send(&ROOMS, &[work], 0).await
    }

    /// Rooms, newest first.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn list_rooms(&self, part: &Part, limit: usize) -> Result<Vec<(Position, Room)>> {
        self.list(&rooms(), part, limit).await
    }

    /// On which page `user` has joined, as it is.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn joining(&self, queue: &QueueId, user: &UserId) -> Result<Option<Joining>> {
        self.get(&joining_key(queue, user)).await
    }

    /// On which page `user` has joined, as it was within the last second or so.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn peek_joining(&self, queue: &QueueId, user: &UserId) -> Result<Option<Joining>> {
        self.peek(&joining_key(queue, user)).await
    }

    /// Writes that somebody joins: for the first time as version 1, or the next version. `Saved::Other` is
    /// what is there instead.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn save_joining(&self, joining: &Joining) -> Result<Saved<Joining>> {
        if joining.version == 1 { self.create(joining).await } else { self.save(joining).await }
    }
}
