//! Waiting rooms: positions in order of arrival, and admission. The API calls them queues.
//!
//! A queue entry is written to an arrival bucket (`ArrivalBucket`), one of many small items that are spread
//! over arrival windows and partition keys, so that no item is written by all users. A bucket is frozen once,
//! and all buckets of a window are ordered together; each entry then has a position that never changes. The
//! `WaitingRoom` is the single item that decides how many positions exist and how many of them are admitted.
//! An admission block (`AdmissionBlock`) records what happened to sixteen positions.

mod admission_block;
mod arrival_bucket;
mod counted_ends;
mod counting_block;
mod position;
mod room;

pub use admission_block::{
    ADMISSION_BLOCK_POSITIONS, AdmissionBlock, PositionEnd, PositionMask, PositionState,
};
pub use arrival_bucket::{ArrivalBucket, ArrivalBucketKey, ArrivalStatus, EntryName, positions_in};
pub use counted_ends::{
    COUNTING_BLOCK_POSITIONS, CountedEnds, Departed, DepartedRange, counting_block_of,
    counting_block_of_admission_block,
};
pub use counting_block::{CountingBlock, ScheduledCheck};
pub use position::{PositionKey, QueuePosition};
pub use room::{
    AdmissionStep, AdmissionTerms, ArrivalBatch, EndTotals, EndedPositions, Eta, MeasuredRate, WaitingRoom,
    WaitingRoomChanges, WaitingRoomSettings, WaitingRoomStatus,
};

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::ids::{QueueId, UserId};
use crate::time::millis;

/// Length of an arrival window, in milliseconds. Entries of one window are ordered together.
pub const ARRIVAL_WINDOW_MS: i64 = 500;
/// Grace period after the end of an arrival window, in milliseconds. It is longer than a join takes from the
/// gateway to the table.
pub const GRACE_MS: i64 = 500;
/// Retention of queue entries and arrival buckets after the join, in seconds: 30 days.
pub const ENTRIES_KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;

/// Returns the number of the arrival window that contains `at`.
pub fn arrival_window_of(at: Timestamp) -> u64 {
    u64::try_from(at.as_millis().div_euclid(ARRIVAL_WINDOW_MS)).unwrap_or(0)
}

/// Returns the number of the first arrival window whose grace period is not over at `now`. The entries of all
/// earlier windows can be given positions.
pub fn first_open_window(now: Timestamp) -> u64 {
    arrival_window_of(Timestamp::from_millis(now.as_millis() - GRACE_MS))
}

/// Returns the end of the grace period of arrival window `window`, at which its entries can be given
/// positions.
pub fn window_due_at(window: u64) -> Timestamp {
    let end = i64::try_from(window + 1).unwrap_or(i64::MAX).saturating_mul(ARRIVAL_WINDOW_MS);
    Timestamp::from_millis(end.saturating_add(GRACE_MS))
}

/// Queue entry: one item per user and waiting room, which names the arrival bucket of the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueEntry {
    /// User who joined the waiting room.
    pub user_id: UserId,
    /// Waiting room that the user joined.
    pub queue_id: QueueId,
    /// Arrival bucket of the entry.
    #[serde(rename = "page")]
    pub bucket: ArrivalBucketKey,
    /// Time of the first join or of the latest rejoin, in UTC.
    #[serde(with = "millis")]
    pub joined_at: Timestamp,
    /// Whether the user has left the waiting room.
    #[serde(default)]
    pub left: bool,
    /// Number of times that the user rejoined after leaving. Each rejoin uses another entry name, since the
    /// arrival bucket may record that the previous name has left.
    #[serde(rename = "again", default)]
    pub rejoins: u32,
    /// Version for optimistic locking. Rises by one when the user leaves or rejoins, or when the entry moves
    /// to another bucket because its own was frozen.
    pub version: u64,
}

impl QueueEntry {
    /// Creates the first queue entry of `user`, who arrived at `at`.
    pub fn new(user: UserId, room: &WaitingRoom, at: Timestamp) -> Self {
        let bucket = room.bucket_for(&user, arrival_window_of(at));
        let queue_id = room.id.clone();
        Self { user_id: user, queue_id, bucket, joined_at: at, left: false, rejoins: 0, version: 1 }
    }

    /// Returns the next version of the entry, moved to a bucket of a later arrival window, because its
    /// current bucket does not accept an arrival at `at`.
    #[must_use]
    pub fn moved_to_later_window(&self, room: &WaitingRoom, at: Timestamp) -> Self {
        self.in_window(room, at, arrival_window_of(at).max(self.bucket.window + 1))
    }

    /// Returns the next version of the entry for a user who rejoins at `at`. It is in the current arrival
    /// window, under another entry name, since the old bucket may record that the previous name has left.
    #[must_use]
    pub fn rejoined(&self, room: &WaitingRoom, at: Timestamp) -> Self {
        let next = Self { rejoins: self.rejoins + 1, ..self.clone() };
        next.in_window(room, at, arrival_window_of(at).max(self.bucket.window))
    }

    fn in_window(&self, room: &WaitingRoom, at: Timestamp, window: u64) -> Self {
        Self {
            bucket: room.bucket_for(&self.user_id, window),
            joined_at: at,
            left: false,
            version: self.version + 1,
            ..self.clone()
        }
    }

    /// Returns the next version of the entry, in which the user has left.
    #[must_use]
    pub fn leave(&self) -> Self {
        Self { left: true, version: self.version + 1, ..self.clone() }
    }

    /// Returns the name under which arrival buckets record the user.
    pub fn entry_name(&self) -> EntryName {
        EntryName::after_rejoins(&self.queue_id, &self.user_id, self.rejoins)
    }
}

/// Content of a queue token, which is signed and given to the user. It names the arrival bucket of the user's
/// entry and, once they are known, the position and the admission.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueueToken {
    /// Owner of the token.
    #[serde(rename = "sub")]
    pub user_id: UserId,
    /// Waiting room for which the token was issued.
    pub queue_id: QueueId,
    /// Arrival bucket of the entry.
    #[serde(rename = "page")]
    pub bucket: ArrivalBucketKey,
    /// Time of the join or rejoin, in UTC.
    #[serde(with = "millis")]
    pub joined_at: Timestamp,
    /// Number of times that the user rejoined after leaving.
    #[serde(rename = "again", default, skip_serializing_if = "is_zero")]
    pub rejoins: u32,
    /// Position of the user; `None` until it is assigned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<QueuePosition>,
    /// Admission of the user; `None` until the position is admitted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<Admission>,
}

impl QueueToken {
    /// Returns the queue entry that the token describes.
    pub fn entry(&self) -> QueueEntry {
        QueueEntry {
            user_id: self.user_id.clone(),
            queue_id: self.queue_id.clone(),
            bucket: self.bucket,
            joined_at: self.joined_at,
            left: false,
            rejoins: self.rejoins,
            version: 1,
        }
    }
}

impl From<&QueueEntry> for QueueToken {
    fn from(entry: &QueueEntry) -> Self {
        Self {
            user_id: entry.user_id.clone(),
            queue_id: entry.queue_id.clone(),
            bucket: entry.bucket,
            joined_at: entry.joined_at,
            rejoins: entry.rejoins,
            position: None,
            admission: None,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// Period in which an admitted user may send protected requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    /// Start of the admission, in UTC.
    #[serde(with = "millis")]
    pub since: Timestamp,
    /// Time before which the first protected request must arrive; otherwise the position ends as
    /// [`PositionEnd::NoShow`].
    #[serde(rename = "take_up_before", with = "millis")]
    pub first_use_before: Timestamp,
    /// End of the admission, in UTC.
    #[serde(with = "millis")]
    pub until: Timestamp,
}
