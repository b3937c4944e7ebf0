//! `PATCH /queues/{queue_id}`: changes, pauses or closes a waiting room, for operators.

use axum::extract::State;
use domain::ids::QueueId;
use domain::queue::{Room, RoomChanges, Status};
use domain::text::Title;
use edge::{App, Done, Json, Operator, Path, Result, Route, axum, change, given, route};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::create_queue::per_thousand;
use crate::views::RoomView;

pub static ROUTE: Route = route!(
    PATCH ["/queues/{queue_id}"] "queue-update-queue" update_queue,
    "Change a queue while people wait: pause and resume it, close it, change capacity and rate",
    [TooManyTerms]
);

/// What is left out stays as it is.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct QueueChanges {
    /// For people.
    #[schemars(with = "Title")]
    #[serde(default, deserialize_with = "given")]
    pub name: Option<Title>,
    /// Paused: nobody is let in. Closed: nobody may join.
    #[schemars(with = "Status")]
    #[serde(default, deserialize_with = "given")]
    pub status: Option<Status>,
    /// How many may be let in at once. Who is in stays in.
    #[schemars(with = "u32", range(min = 1, max = 100_000))]
    #[serde(default, deserialize_with = "given")]
    pub capacity: Option<u32>,
    /// How many are let in within a second.
    #[schemars(with = "f64", range(min = 0.001, max = 10_000.0))]
    #[serde(default, deserialize_with = "given")]
    pub admissions_per_second: Option<f64>,
    /// How long somebody who is let in may stay.
    #[schemars(with = "u32", range(min = 10, max = 86_400))]
    #[serde(default, deserialize_with = "given")]
    pub token_seconds: Option<u32>,
    /// How long somebody who is let in has until their first guarded call.
    #[schemars(with = "u32", range(min = 5, max = 86_400))]
    #[serde(default, deserialize_with = "given")]
    pub no_show_seconds: Option<u32>,
    /// How many may join within a second without being slowed down.
    #[schemars(with = "u32", range(min = 1, max = 100_000))]
    #[serde(default, deserialize_with = "given")]
    pub joins_per_second: Option<u32>,
}

async fn update_queue(
    State(app): State<App>,
    _: Operator,
    Path(id): Path<QueueId>,
    Json { value, .. }: Json<QueueChanges>,
) -> Result<Done<RoomView>> {
    let (found, changes) = (app.store().room(&id).await?, RoomChanges::from(value));
    let decide = |room: &Room| room.change(&changes, app.now());
    let save = async |next: Room| {
        if let Some(at) = next.watched {
            // The due index is written first, so that the schedule runs the room if no message does.
            app.store().watch_room(&next.id, at).await?;
        }
        app.store().save_room(&next).await
    };
    let changed = change(found, decide, save).await?;
    Ok(Done(RoomView::of(&changed)))
}

impl From<QueueChanges> for RoomChanges {
    fn from(changes: QueueChanges) -> Self {
        Self {
            name: changes.name.map(Into::into),
            status: changes.status,
            capacity: changes.capacity,
            rate_milli: changes.admissions_per_second.map(per_thousand),
            token_seconds: changes.token_seconds,
            no_show_seconds: changes.no_show_seconds,
            joins_per_second: changes.joins_per_second,
        }
    }
}
