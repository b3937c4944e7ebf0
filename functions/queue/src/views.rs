//! Response types for waiting rooms and positions.

use domain::Timestamp;
use domain::ids::QueueId;
use domain::queue::{Room, Status, Ticket};
use schemars::JsonSchema;
use serde::Serialize;

/// A queue as its operator has set it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Queue")]
pub struct RoomView {
    /// Its id.
    pub id: QueueId,
    /// For people.
    pub name: String,
    /// Whether it takes people in, and lets them in.
    pub status: Status,
    /// How many may be let in at once.
    pub capacity: u32,
    /// How many are let in within a second.
    pub admissions_per_second: f64,
    /// How long somebody who is let in may stay.
    pub token_seconds: u32,
    /// How long somebody who is let in has until their first guarded call.
    pub no_show_seconds: u32,
    /// How many may join within a second without being slowed down.
    pub joins_per_second: u32,
    /// When it was made.
    pub created_at: Timestamp,
}

impl RoomView {
    /// Builds the response for `room` with its settings.
    pub fn of(room: &Room) -> Self {
        Self {
            id: room.id.clone(),
            name: room.name.clone(),
            status: room.status,
            capacity: room.settings.capacity,
            admissions_per_second: per_second(room.settings.rate_milli),
            token_seconds: room.settings.token_seconds,
            no_show_seconds: room.settings.no_show_seconds,
            joins_per_second: room.settings.joins_per_second,
            created_at: room.created_at,
        }
    }
}

/// A queue and how it goes.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "QueueStatus")]
pub struct RoomStatus {
    /// As it is set.
    #[serde(flatten)]
    pub queue: RoomView,
    /// How many have a position, are not let in and have not left.
    pub waiting: u64,
    /// How many are let in and not over.
    pub active: u64,
    /// How many got what they waited for.
    pub served: u64,
    /// How many left, did not come, or took too long.
    pub gave_up: u64,
}

impl RoomStatus {
    /// Builds the response for `room` with its settings and figures.
    pub fn of(room: &Room) -> Self {
        Self {
            queue: RoomView::of(room),
            waiting: room.waiting(),
            active: room.active(),
            served: room.tally.served,
            gave_up: room.tally.gave_up,
        }
    }
}

/// How far a queue is: the same for everybody.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "QueueBoard")]
pub struct BoardView {
    /// Its id.
    pub id: QueueId,
    /// For people.
    pub name: String,
    /// Whether it takes people in, and lets them in.
    pub status: Status,
    /// Whoever has this position or a lower one is let in.
    pub admitted_upto: u64,
    /// How many positions are given.
    pub joined: u64,
    /// Measured admission rate, in users per second; 0 before the first admission. It falls while nobody is
    /// let in.
    pub rate: f64,
    /// After how many milliseconds to look again.
    pub poll_after_ms: u64,
}

impl BoardView {
    /// Builds the public progress of `room` at `now`.
    pub fn of(room: &Room, now: Timestamp) -> Self {
        Self {
            id: room.id.clone(),
            name: room.name.clone(),
            status: room.status,
            admitted_upto: room.admitted,
            joined: room.joined,
            rate: per_second(room.pace_at(now).0),
            poll_after_ms: room.poll_after_ms(0, now),
        }
    }
}

/// What somebody who joins is given.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "QueueTicket")]
pub struct TicketView {
    /// To be shown in `X-Queue-Token` when asking for the position; that works without it too, and then reads
    /// more.
    pub ticket: String,
    /// When they came.
    pub joined_at: Timestamp,
}

/// Where somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum PlaceStatus {
    /// In line.
    Waiting,
    /// Let in: `token` opens what the queue guards.
    Active,
    /// Let in too long ago, or not come in time. Joining again gives a new place.
    Expired,
    /// What was waited for is paid.
    Done,
}

/// Range of the waiting time, in seconds.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct EtaView {
    /// Minimum: enough users leave early, and the queue's admission rate is the only limit.
    pub min: u64,
    /// Maximum: every user who is let in stays for the whole time that they have. Null while the queue is
    /// paused.
    pub max: Option<u64>,
}

/// A place in line.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "QueuePlace")]
pub struct PlaceView {
    /// In line, let in, or over.
    pub status: PlaceStatus,
    /// 1 for the first who came. Null for the second or two until it is known; it never changes.
    pub position: Option<u64>,
    /// How many are to be let in before: who has left is not counted, a second or two after they did.
    pub ahead: Option<u64>,
    /// Range of the remaining waiting time under the present settings. The queue's `rate` says
    /// how fast it is going between the two.
    pub eta_seconds: Option<EtaView>,
    /// After how many milliseconds to ask again.
    pub poll_after_ms: u64,
    /// When they came.
    pub joined_at: Timestamp,
    /// The newest ticket, to be shown in `X-Queue-Token`; once the status is active it opens what the queue
    /// guards.
    pub token: String,
    /// The first guarded call must come before this.
    pub take_up_before: Option<Timestamp>,
    /// Let in until then.
    pub expires_at: Option<Timestamp>,
}

impl PlaceView {
    /// Builds the response for a waiting user. `place` has their position and the number of positions ahead,
    /// once known.
    pub fn waiting(
        room: &Room,
        joined_at: Timestamp,
        place: Option<(u64, u64)>,
        token: String,
        now: Timestamp,
    ) -> Self {
        let (position, ahead) = place.unzip();
        Self {
            status: PlaceStatus::Waiting,
            position,
            ahead,
            eta_seconds: ahead.map(|ahead| {
                let eta = room.eta(ahead, now);
                EtaView { min: eta.min_seconds, max: eta.max_seconds }
            }),
            poll_after_ms: ahead.map_or(1_000, |ahead| room.poll_after_ms(ahead, now)),
            joined_at,
            token,
            take_up_before: None,
            expires_at: None,
        }
    }

    /// Builds the response for a user who is or was admitted.
    pub fn let_in(
        room: &Room,
        ticket: &Ticket,
        position: u64,
        status: PlaceStatus,
        token: String,
        now: Timestamp,
    ) -> Self {
        Self {
            status,
            position: Some(position),
            ahead: Some(0),
            eta_seconds: Some(EtaView { min: 0, max: Some(0) }),
            poll_after_ms: room.poll_after_ms(0, now),
            joined_at: ticket.joined_at,
            token,
            take_up_before: ticket.admission.map(|admission| admission.take_up_before),
            expires_at: ticket.admission.map(|admission| admission.until),
        }
    }
}

fn per_second(milli: u64) -> f64 {
    milli as f64 / 1000.0
}
