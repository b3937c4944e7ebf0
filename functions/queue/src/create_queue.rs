//! `POST /queues`: creates a waiting room, for operators.

use axum::extract::State;
use domain::ids::QueueId;
use domain::queue::{Room, Settings};
use domain::text::Title;
use edge::{App, Created, IdempotencyKey, Json, Operator, Result, Route, axum, first, route};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::RoomView;

pub static ROUTE: Route = route!(POST ["/queues"] "queue-create-queue" create_queue, "Create a queue", []);

/// A queue to be.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewQueue {
    /// For people.
    pub name: Title,
    /// How many may be let in at once.
    #[schemars(range(min = 1, max = 100_000))]
    pub capacity: u32,
    /// How many are let in within a second; 0.1 is one in ten seconds.
    #[schemars(range(min = 0.001, max = 10_000.0))]
    pub admissions_per_second: f64,
    /// How long somebody who is let in may stay.
    #[schemars(range(min = 10, max = 86_400))]
    #[serde(default = "ten_minutes")]
    pub token_seconds: u32,
    /// How long somebody who is let in has until their first guarded call.
    #[schemars(range(min = 5, max = 86_400))]
    #[serde(default = "one_minute")]
    pub no_show_seconds: u32,
    /// How many may join within a second without being slowed down.
    #[schemars(range(min = 1, max = 100_000))]
    #[serde(default = "a_thousand")]
    pub joins_per_second: u32,
}

async fn create_queue(
    State(app): State<App>,
    operator: Operator,
    key: IdempotencyKey,
    Json { value: new, fingerprint }: Json<NewQueue>,
) -> Result<Created<RoomView>> {
    let id = QueueId::new(key.id(&app, &[operator.id.as_str(), ROUTE.name]));
    let settings = Settings {
        capacity: new.capacity,
        rate_milli: per_thousand(new.admissions_per_second),
        token_seconds: new.token_seconds,
        no_show_seconds: new.no_show_seconds,
        joins_per_second: new.joins_per_second,
    };
    let room = Room::new(id, new.name.into(), settings, operator.id, key.mark(&fingerprint), app.now());
    let saved = app.store().save_room(&room).await?;
    let created = first(saved, room, |room| room.mark.as_deref())?;
    Ok(Created(RoomView::of(&created)))
}

/// Converts a rate per second to a rate per thousand seconds, rounded.
pub fn per_thousand(rate: f64) -> u64 {
    // The schema limits the rate to 0.001 to 10,000.
    (rate * 1000.0).round() as u64
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
