//! Waiting rooms: places in order of arrival, and who is let in.
//!
//! Joiners enter *pages*, many small items spread over time and over keys, so that no item is written by
//! everybody. A page is frozen once, and all pages of a slice of time are put in order together: then each of
//! its joiners has a position, and it never changes. The *room* is the one item that decides: how many have a
//! position, and how many of these are let in. *Gates* are small items again: each tells what became of
//! sixteen places in the line.

mod blocks;
mod gate;
mod page;
mod room;

pub use blocks::{BLOCK_PLACES, Block, Counting, Departed, Due, Gone, block_of};
pub use gate::{End, GATE_PLACES, Gate, Mark, Mask};
pub use page::{Found, Joiner, Page, PageKey, places_in};
pub use room::{Eta, Inside, Pace, Room, RoomChanges, Round, Settings, Status, Step, Tally, Terms};

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::ids::{QueueId, UserId};
use crate::time::millis;

/// How long a slice of time is: whoever came in the same one is put in order together.
pub const SLICE_MS: i64 = 500;
/// How long after its end a slice is still waited for: longer than a join takes from the gateway to the
/// table.
pub const GRACE_MS: i64 = 500;
/// How long a ticket is kept after its owner joined.
pub const TICKETS_KEPT_SECONDS: i64 = 30 * 24 * 60 * 60;

/// The slice in which somebody came `at`.
pub fn slice_of(at: Timestamp) -> u64 {
    u64::try_from(at.as_millis().div_euclid(SLICE_MS)).unwrap_or(0)
}

/// The first slice that is not yet due at `now`: all before it can be put in order.
pub fn due_before(now: Timestamp) -> u64 {
    slice_of(Timestamp::from_millis(now.as_millis() - GRACE_MS))
}

/// When `slice` is due.
pub fn due_at(slice: u64) -> Timestamp {
    let end = i64::try_from(slice + 1).unwrap_or(i64::MAX).saturating_mul(SLICE_MS);
    Timestamp::from_millis(end.saturating_add(GRACE_MS))
}

/// A place in the line of a queue: 1 for the first who came.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Of which queue.
    pub queue_id: QueueId,
    /// Its position.
    pub number: u64,
}

/// That somebody has joined: one item for each user and queue, which says on which page they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Joining {
    /// Who.
    pub user_id: UserId,
    /// Which queue.
    pub queue_id: QueueId,
    /// On which page.
    pub page: PageKey,
    /// When they came.
    #[serde(with = "millis")]
    pub joined_at: Timestamp,
    /// Whether they have left the line again.
    #[serde(default)]
    pub left: bool,
    /// How often they came again. Who has left a page is not put on it again under the same name.
    #[serde(default)]
    pub again: u32,
    /// One more with every write: somebody who comes again, or whose page was frozen before they were on it,
    /// goes to another page.
    pub version: u64,
}

impl Joining {
    /// The first joining of `user`, at `at`.
    pub fn new(user: UserId, room: &Room, at: Timestamp) -> Self {
        let page = room.page_for(&user, slice_of(at));
        let queue_id = room.id.clone();
        Self { user_id: user, queue_id, page, joined_at: at, left: false, again: 0, version: 1 }
    }

    /// What follows when the page it names takes nobody any more for whoever came `at`: a later page.
    #[must_use]
    pub fn later(&self, room: &Room, at: Timestamp) -> Self {
        self.at_slice(room, at, slice_of(at).max(self.page.slice + 1))
    }

    /// What follows when they come again, at `at`: the slice of that moment, as for everybody else, and
    /// another name, since the page may be the one that they have left.
    #[must_use]
    pub fn again(&self, room: &Room, at: Timestamp) -> Self {
        let next = Self { again: self.again + 1, ..self.clone() };
        next.at_slice(room, at, slice_of(at).max(self.page.slice))
    }

    fn at_slice(&self, room: &Room, at: Timestamp, slice: u64) -> Self {
        Self {
            page: room.page_for(&self.user_id, slice),
            joined_at: at,
            left: false,
            version: self.version + 1,
            ..self.clone()
        }
    }

    /// What follows when they leave.
    #[must_use]
    pub fn leave(&self) -> Self {
        Self { left: true, version: self.version + 1, ..self.clone() }
    }

    /// What they are called on a page.
    pub fn joiner(&self) -> Joiner {
        Joiner::again(&self.queue_id, &self.user_id, self.again)
    }
}

/// What a user carries, signed: first what leads to their place, then the place, then that they are let in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ticket {
    /// Whose it is.
    #[serde(rename = "sub")]
    pub user_id: UserId,
    /// Of which queue.
    pub queue_id: QueueId,
    /// On which page.
    pub page: PageKey,
    /// When they came.
    #[serde(with = "millis")]
    pub joined_at: Timestamp,
    /// How often they came again.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub again: u32,
    /// The position, once it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub position: Option<u64>,
    /// That they are let in, once they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub admission: Option<Admission>,
}

impl Ticket {
    /// What it says of its owner's joining.
    pub fn joining(&self) -> Joining {
        Joining {
            user_id: self.user_id.clone(),
            queue_id: self.queue_id.clone(),
            page: self.page,
            joined_at: self.joined_at,
            left: false,
            again: self.again,
            version: 1,
        }
    }
}

impl From<&Joining> for Ticket {
    fn from(joining: &Joining) -> Self {
        Self {
            user_id: joining.user_id.clone(),
            queue_id: joining.queue_id.clone(),
            page: joining.page,
            joined_at: joining.joined_at,
            again: joining.again,
            position: None,
            admission: None,
        }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
const fn is_zero(number: &u32) -> bool {
    *number == 0
}

/// That somebody is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Admission {
    /// From here on.
    #[serde(with = "millis")]
    pub since: Timestamp,
    /// Their first guarded call must come before this.
    #[serde(with = "millis")]
    pub take_up_before: Timestamp,
    /// It ends here.
    #[serde(with = "millis")]
    pub until: Timestamp,
}
