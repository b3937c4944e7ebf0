//! `POST /queues`: creates a waiting room, for operators.

use crate::views::per_thousand;
use axum::extract::State;
use dibs_http::{Created, Creation, IdempotencyKey, Json, Operator, Route, axum, resolve_create, route};
use domain::Result;
use domain::ids::QueueId;
use domain::text::Title;
use domain::waiting_room::{WaitingRoom, WaitingRoomSettings};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::WaitingRoomView;

pub static ROUTE: Route = route!(
    /// Creates a queue. It guards the event, concert or time deal whose `queue_id` names it.
    POST ["/queues"] "waiting-room-create-queue" create_queue, "Create a queue", []
);

/// Queue to create: a waiting room that admits users at a limited rate.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "QueueCreate")]
pub struct NewWaitingRoom {
    /// Display name of the queue.
    pub name: Title,
    /// Maximum number of users who are admitted at the same time, 1 to 100,000.
    #[schemars(range(min = 1, max = 100_000))]
    pub capacity: u32,
    /// Maximum admission rate in users per second, 0.001 to 10,000; 0.1 admits one user in ten seconds.
    #[schemars(range(min = 0.001, max = 10_000.0))]
    pub admissions_per_second: f64,
    /// Time in seconds that an admitted user may stay, 10 to 86,400, by default 600.
    #[schemars(range(min = 10, max = 86_400))]
    #[serde(default = "ten_minutes")]
    pub token_seconds: u32,
    /// Time in seconds that an admitted user has for the first call of an operation that the queue guards,
    /// 5 to 86,400, by default 60. After it the admission expires.
    #[schemars(range(min = 5, max = 86_400))]
    #[serde(default = "one_minute")]
    pub no_show_seconds: u32,
    /// Number of users per second who may join without being throttled, 1 to 100,000, by default 1,000.
    #[schemars(range(min = 1, max = 100_000))]
    #[serde(default = "a_thousand")]
    pub joins_per_second: u32,
}

async fn create_queue(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    Json { value: new, fingerprint }: Json<NewWaitingRoom>,
) -> Result<Created<WaitingRoomView>> {
    let Creation { id, by, request_fingerprint, at } =
        key.creation(&app, QueueId::new, operator.id, &ROUTE, &fingerprint);
    let settings = WaitingRoomSettings {
        capacity: new.capacity,
        rate_milli: per_thousand(new.admissions_per_second),
        token_seconds: new.token_seconds,
        no_show_seconds: new.no_show_seconds,
        joins_per_second: new.joins_per_second,
    };
    let room = WaitingRoom::new(id, new.name.into(), settings, by, request_fingerprint, at);
    let created = resolve_create(app.store().save_waiting_room(&room).await?, room)?;
    Ok(Created(WaitingRoomView::of(&created)))
}

const fn ten_minutes() -> u32 {
    600
}

const fn one_minute() -> u32 {
    60
}

const fn a_thousand() -> u32 {
    1_000
}
