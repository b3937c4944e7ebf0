//! `GET /queues`: lists waiting rooms with the numbers of their users, for operators.

use axum::extract::State;
use dibs_http::{Cursor, Limit, Operator, Page, Query, Route, axum, page, route};
use domain::waiting_room::{AdmissionBlock, WaitingRoom};
use domain::{Error, Result};
use futures::future::try_join_all;
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::list::{ListPosition, ListRange};

use crate::views::WaitingRoomDetail;

pub static ROUTE: Route = route!(
    /// Returns the queues with their present numbers, page by page.
    GET ["/queues"] "waiting-room-list-queues" list_queues,
    "List the queues with their numbers of users who wait, are admitted, were served and gave up",
    []
);

/// Query of the list of queues: the page to return.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct WaitingRoomPage {
    /// Maximum number of entries to return, 1 to 100, by default 20.
    #[serde(default)]
    limit: Limit,
    /// Value of `next_cursor` in the page before; absent for the first page.
    cursor: Option<Cursor>,
}

async fn list_queues(
    State(app): State<App>,
    _: Operator,
    Query(asked): Query<WaitingRoomPage>,
) -> Result<Page<WaitingRoomDetail>> {
    let after: Option<ListPosition> = asked.cursor.map(|cursor| cursor.position()).transpose()?;
    let limit = asked.limit.0;
    let found =
        app.store().list_waiting_rooms(&ListRange { after, ..ListRange::default() }, limit + 1).await?;
    let counted = found.iter().map(|(position, room)| async {
        Ok::<_, Error>((position.clone(), WaitingRoomDetail::of(&with_counted_ends(&app, room).await?)))
    });
    let counted = try_join_all(counted).await?;
    Ok(page(counted, limit, |(position, _)| position.clone(), |(_, status)| status.clone()))
}

/// Returns `room` with its numbers of users. A room that an earlier version of dibs wrote does not store
/// them before its next run, so they are counted from its admission blocks.
async fn with_counted_ends(app: &App, room: &WaitingRoom) -> Result<WaitingRoom> {
    if room.ended_positions.is_some() {
        return Ok(room.clone());
    }
    let admission_blocks = AdmissionBlock::of(room.low_water_mark.next())
        ..=AdmissionBlock::of(room.admitted.max(room.low_water_mark.next()));
    Ok(room.with_counted_ends(&app.store().get_position_states(&room.id, admission_blocks).await?))
}
