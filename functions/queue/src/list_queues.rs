//! GET /queues

use std::collections::BTreeMap;

use axum::extract::State;
use domain::queue::{Gate, Mark, Room};
use domain::{Error, Timestamp};
use edge::{App, Cursor, Limit, Operator, Page, Query, Result, Route, axum, page, route};
use futures::future::try_join_all;
use schemars::JsonSchema;
use serde::Deserialize;
use store::list::{Part, Position};

use crate::views::RoomStatus;

/// The route.
pub static ROUTE: Route = route!(
    GET ["/queues"] "queue-list-queues" list_queues,
    "List the queues with how many wait, are let in, were served and gave up",
    []
);

/// Which page.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Queues {
    #[serde(default)]
    limit: Limit,
    cursor: Option<Cursor>,
}

async fn list_queues(
    State(app): State<App>,
    _: Operator,
    Query(asked): Query<Queues>,
) -> Result<Page<RoomStatus>> {
    let after: Option<Position> = asked.cursor.map(|cursor| cursor.position()).transpose()?;
    let limit = asked.limit.0;
    let found = app.store().list_rooms(&Part { after, ..Part::default() }, limit + 1).await?;
    let counted = found.iter().map(|(position, room)| async {
        let marks = marks(&app, room, app.now()).await?;
        Ok::<_, Error>((position.clone(), RoomStatus::of(room, &marks)))
    });
    let counted = try_join_all(counted).await?;
    Ok(page(counted, limit, |(position, _)| position.clone(), |(_, status)| status.clone()))
}

/// What happened above the floor of `room`, with what the clock says is over and nobody has noted yet.
async fn marks(app: &App, room: &Room, now: Timestamp) -> domain::Result<BTreeMap<u64, Mark>> {
    if room.floor == room.joined {
        return Ok(BTreeMap::new());
    }
    let gates = Gate::of(room.floor + 1)..=Gate::of(room.admitted.max(room.floor + 1));
    let mut marks = app.store().marks(&room.id, gates).await?;
    for (position, end) in room.overdue(&marks, now) {
        marks.entry(position).or_default().end = Some(end);
    }
    Ok(marks)
}
