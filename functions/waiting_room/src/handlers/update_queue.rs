//! `PATCH /queues/{queue_id}`: changes, pauses or closes a waiting room, for operators.

use axum::extract::State;
use dibs_http::{Done, Json, Operator, Path, Route, axum, route};
use domain::ids::QueueId;
use domain::text::Title;
use domain::waiting_room::{WaitingRoom, WaitingRoomChanges, WaitingRoomStatus};
use domain::{BusyReason, Patch, Result};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::update_with_retry;

use crate::views::WaitingRoomView;
use crate::views::per_thousand;

pub static ROUTE: Route = route!(
    /// Changes the fields that the body names, with effect from now on. A repeat changes nothing more.
    PATCH ["/queues/{queue_id}"] "waiting-room-update-queue" update_queue,
    "Update a queue at any time: pause, resume or close it, or change its capacity and rate",
    [TooManyTerms]
);

/// Fields of the queue to change. An omitted field keeps its value.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(rename = "QueueUpdate")]
pub struct WaitingRoomUpdate {
    /// Display name of the queue.
    pub name: Patch<Title>,
    /// Status of the queue. A paused queue admits nobody. A closed one accepts no new users, but admits
    /// those who wait.
    pub status: Patch<WaitingRoomStatus>,
    /// Maximum number of users who are admitted at the same time, 1 to 100,000. Users who are admitted
    /// already stay so.
    #[schemars(range(min = 1, max = 100_000))]
    pub capacity: Patch<u32>,
    /// Maximum admission rate in users per second, 0.001 to 10,000.
    #[schemars(range(min = 0.001, max = 10_000.0))]
    pub admissions_per_second: Patch<f64>,
    /// Time in seconds that an admitted user may stay, 10 to 86,400.
    #[schemars(range(min = 10, max = 86_400))]
    pub token_seconds: Patch<u32>,
    /// Time in seconds that an admitted user has for the first call of an operation that the queue guards,
    /// 5 to 86,400. After it the admission expires.
    #[schemars(range(min = 5, max = 86_400))]
    pub no_show_seconds: Patch<u32>,
    /// Number of users per second who may join without being throttled, 1 to 100,000.
    #[schemars(range(min = 1, max = 100_000))]
    pub joins_per_second: Patch<u32>,
}

async fn update_queue(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<QueueId>,
    Json { value, .. }: Json<WaitingRoomUpdate>,
) -> Result<Done<WaitingRoomView>> {
    let (found, changes) = (app.store().get_waiting_room(&id).await?, WaitingRoomChanges::from(value));
    let decide = |room: &WaitingRoom| room.change(&changes, app.now());
    let save = async |next: WaitingRoom| {
        if let Some(at) = next.due_index_at {
            // The due index is written first, so that the schedule runs the room if no message does.
            app.store().set_due(&next.id, at).await?;
        }
        app.store().save_waiting_room(&next).await
    };
    let changed = update_with_retry(BusyReason::Queue, found, decide, save).await?;
    Ok(Done(WaitingRoomView::of(&changed)))
}

impl From<WaitingRoomUpdate> for WaitingRoomChanges {
    fn from(changes: WaitingRoomUpdate) -> Self {
        Self {
            name: Patch(changes.name.0.map(Into::into)),
            status: changes.status,
            capacity: changes.capacity,
            rate_milli: Patch(changes.admissions_per_second.0.map(per_thousand)),
            token_seconds: changes.token_seconds,
            no_show_seconds: changes.no_show_seconds,
            joins_per_second: changes.joins_per_second,
        }
    }
}
