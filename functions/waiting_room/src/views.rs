//! Response types for waiting rooms and positions.

use domain::Timestamp;
use domain::ids::QueueId;
use domain::waiting_room::{QueuePosition, QueueToken, WaitingRoom, WaitingRoomStatus};
use schemars::JsonSchema;
use serde::Serialize;

/// Queue with the settings that its operator chose.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Queue")]
pub struct WaitingRoomView {
    /// Id of the queue.
    pub id: QueueId,
    /// Display name of the queue.
    pub name: String,
    /// Status of the queue: it decides whether users can join and are admitted.
    pub status: WaitingRoomStatus,
    /// Maximum number of users who are admitted at the same time.
    pub capacity: u32,
    /// Maximum admission rate in users per second, as set; `rate` of `GET /queues/{queue_id}` is the measured
    /// one.
    pub admissions_per_second: f64,
    /// Time in seconds that an admitted user may stay.
    pub token_seconds: u32,
    /// Time in seconds that an admitted user has for the first call of an operation that the queue guards.
    /// After it the admission expires.
    pub no_show_seconds: u32,
    /// Number of users per second who may join without being throttled.
    pub joins_per_second: u32,
    /// Creation time of the queue, in UTC.
    pub created_at: Timestamp,
}

impl WaitingRoomView {
    /// Builds the response for `room` with its settings.
    pub fn of(room: &WaitingRoom) -> Self {
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

/// Queue with its settings and the numbers of its users, for operators.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "QueueStatus")]
pub struct WaitingRoomDetail {
    /// Settings of the queue.
    #[serde(flatten)]
    pub queue: WaitingRoomView,
    /// Number of users with a position who are not admitted yet and have not left.
    pub waiting: u64,
    /// Number of admitted users who have not paid or left and whose admission has not expired.
    pub active: u64,
    /// Number of users who were admitted and paid for what they waited for.
    pub served: u64,
    /// Number of users who left, did not use their admission in time, or did not pay before it expired.
    pub gave_up: u64,
}

impl WaitingRoomDetail {
    /// Builds the response for `room` with its settings and the numbers of its users.
    pub fn of(room: &WaitingRoom) -> Self {
        Self {
            queue: WaitingRoomView::of(room),
            waiting: room.waiting(),
            active: room.active(),
            served: room.end_totals.served,
            gave_up: room.end_totals.gave_up,
        }
    }
}

/// Progress of a queue. It is the same document for every user, so it can be cached.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "QueueProgress")]
pub struct WaitingRoomProgress {
    /// Id of the queue.
    pub id: QueueId,
    /// Display name of the queue.
    pub name: String,
    /// Status of the queue: it decides whether users can join and are admitted.
    pub status: WaitingRoomStatus,
    /// Highest admitted position. Every user with this position or a lower one has been admitted.
    pub admitted_upto: u64,
    /// Number of positions given out so far.
    pub joined: u64,
    /// Measured admission rate, in users per second; 0 before the first admission. It falls while nobody
    /// is admitted.
    pub rate: f64,
    /// Time in milliseconds to wait before the next read of this document.
    pub poll_after_ms: u64,
}

impl WaitingRoomProgress {
    /// Builds the public progress of `room` at `now`.
    pub fn of(room: &WaitingRoom, now: Timestamp) -> Self {
        Self {
            id: room.id.clone(),
            name: room.name.clone(),
            status: room.status,
            admitted_upto: room.admitted.0,
            joined: room.joined.0,
            rate: per_second(room.measured_rate_at(now).0),
            poll_after_ms: room.poll_after_ms(0, now),
        }
    }
}

/// Queue token of a user who joined a queue.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "QueueToken")]
pub struct QueueTokenView {
    /// Signed queue token. The header `X-Queue-Token` may carry it when the position is read, which makes the
    /// read cheaper; the read works without it, too.
    pub ticket: String,
    /// Time at which the user joined, in UTC.
    pub joined_at: Timestamp,
}

/// State of a user's place in a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum PositionStatus {
    /// The user waits to be admitted.
    Waiting,
    /// The user is admitted, and `token` gives access to the resource that the queue guards.
    Active,
    /// The admission is over: its time ran out, or the first call of a guarded operation came too late.
    /// Joining again gives a new place.
    Expired,
    /// The user has paid for what they waited for, and the place is closed.
    Done,
}

/// Range of the waiting time, in seconds.
#[derive(Clone, Copy, Debug, Serialize, JsonSchema)]
#[schemars(inline)]
pub struct EtaView {
    /// Minimum waiting time in seconds: enough users leave early, and the queue's admission rate is the
    /// only limit.
    pub min: u64,
    /// Maximum waiting time in seconds: every admitted user stays until the admission expires. Null while
    /// the queue is paused.
    pub max: Option<u64>,
}

/// Place of the caller in a queue.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "QueuePosition")]
pub struct PositionView {
    /// State of the place: waiting, active, expired or done.
    pub status: PositionStatus,
    /// Position in the queue, 1 for the first user. Null for a second or two after joining; it never changes
    /// after that.
    pub position: Option<u64>,
    /// Number of waiting users who are to be admitted before the caller. Users who left are not counted,
    /// with a delay of a second or two. Null until the position is known.
    pub ahead: Option<u64>,
    /// Range of the remaining waiting time in seconds, under the present settings; null until the position is
    /// known. `rate` of the queue tells the present speed between the two bounds.
    pub eta_seconds: Option<EtaView>,
    /// Time in milliseconds to wait before the next read of the place.
    pub poll_after_ms: u64,
    /// Time at which the user joined, in UTC.
    pub joined_at: Timestamp,
    /// Newest signed queue token, for the header `X-Queue-Token`. It gives access to the guarded resource
    /// once the status is `active`.
    pub token: String,
    /// Time before which the caller must call an operation that the queue guards, in UTC, or the admission
    /// expires; null before the admission.
    pub take_up_before: Option<Timestamp>,
    /// Time at which the admission ends, in UTC; null before the admission.
    pub expires_at: Option<Timestamp>,
}

impl PositionView {
    /// Builds the response for a waiting user. `position_and_ahead` has their position and the number of
    /// positions ahead, once known.
    pub fn waiting(
        room: &WaitingRoom,
        joined_at: Timestamp,
        position_and_ahead: Option<(QueuePosition, u64)>,
        token: String,
        now: Timestamp,
    ) -> Self {
        let (position, ahead) = position_and_ahead.unzip();
        Self {
            status: PositionStatus::Waiting,
            position: position.map(|position| position.0),
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
    pub fn admitted(
        room: &WaitingRoom,
        queue_token: &QueueToken,
        position: QueuePosition,
        status: PositionStatus,
        token: String,
        now: Timestamp,
    ) -> Self {
        Self {
            status,
            position: Some(position.0),
            ahead: Some(0),
            eta_seconds: Some(EtaView { min: 0, max: Some(0) }),
            poll_after_ms: room.poll_after_ms(0, now),
            joined_at: queue_token.joined_at,
            token,
            take_up_before: queue_token.admission.map(|admission| admission.first_use_before),
            expires_at: queue_token.admission.map(|admission| admission.until),
        }
    }
}

fn per_second(milli: u64) -> f64 {
    milli as f64 / 1000.0
}

/// Converts a rate per second to a rate per thousand seconds, rounded.
pub fn per_thousand(rate: f64) -> u64 {
    // The schema limits the rate to 0.001 to 10,000.
    (rate * 1000.0).round() as u64
}
