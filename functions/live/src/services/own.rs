//! Topics with one owner. Their versions are those of the resources.

use deals::views::order::OrderView;
use domain::ids::UserId;
use domain::live::{LiveTopic, ServerMessage};
use domain::waiting_room::WaitingRoom;
use domain::{Error, Result};
use rewards::views::claim::{ClaimViewer, entry};
use runtime::App;
use serde_json::Value;
use waiting_room::services::place::position_view;

use crate::views::json_of;
use concerts::views::reservation::ReservationView;

/// Reads the resource of a topic with one owner, strongly consistent, with its version.
///
/// # Errors
/// `NOT_FOUND` when it does not exist.
pub async fn read(app: &App, topic: &LiveTopic) -> Result<(u64, Value)> {
    let (store, now) = (app.store(), app.now());
    match topic {
        LiveTopic::Claim(user, campaign) => {
            let claim = store.get_claim(user, campaign).await?;
            Ok((claim.version, json_of(entry(&claim, ClaimViewer::Owner))?))
        }
        LiveTopic::Order(id) => {
            let order = store.get_order(id).await?;
            Ok((order.version, json_of(OrderView::at(&order, now))?))
        }
        LiveTopic::Reservation(id) => {
            let reservation = store.get_reservation(id).await?;
            Ok((reservation.version, json_of(ReservationView::at(&reservation, now))?))
        }
        LiveTopic::DealStock(_) | LiveTopic::SeatMap(..) | LiveTopic::QueuePosition(_) => {
            Err(Error::not_found("topic"))
        }
    }
}

/// Returns the snapshot of a topic with one owner.
///
/// # Errors
/// `NOT_FOUND` when the resource does not exist.
pub async fn snapshot(app: &App, topic: &LiveTopic) -> Result<ServerMessage> {
    let (version, data) = read(app, topic).await?;
    Ok(ServerMessage::Snapshot { topic: topic.clone(), version, data })
}

/// Returns the snapshot of the position of `user` in `room`, and their new queue token. `version` is that of the
/// topic.
///
/// # Errors
/// `NOT_IN_QUEUE` when the user is not in the queue; `QUEUE_TOKEN_INVALID` when `token` is not theirs.
pub async fn place(
    app: &App,
    room: &WaitingRoom,
    user: &UserId,
    token: Option<&str>,
    version: u64,
) -> Result<(ServerMessage, String)> {
    let view = position_view(app, room, user, token, true).await?;
    let token = view.token.clone();
    let (topic, data) = (LiveTopic::QueuePosition(room.id.clone()), json_of(view)?);
    Ok((ServerMessage::Snapshot { topic, version, data }, token))
}
