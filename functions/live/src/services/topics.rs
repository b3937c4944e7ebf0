//! States of topics that several users may follow. A state has one content for each version, whoever reads it.

use std::sync::Arc;

use domain::live::{LiveTopic, TopicState};
use domain::{BusyReason, Error, Result};
use runtime::App;
use serde_json::{Value, json};
use store::{Saved, TryResult, retry};

use crate::views::{SeatsView, StockView, json_of};

/// Reads the present state of a topic, strongly consistent.
///
/// # Errors
/// `NOT_FOUND` when the resource of the topic does not exist, and for a topic with one owner.
async fn read_state(app: &App, topic: &LiveTopic) -> Result<Value> {
    let (store, now) = (app.store(), app.now());
    match topic {
        LiveTopic::DealStock(id) => json_of(StockView::at(&store.get_deal_with_counts(id).await?, now)),
        LiveTopic::SeatMap(id, date) => {
            let date = store.get_date_cached(id, *date, now).await?;
            json_of(SeatsView::at(&date, &store.seats(&date, now).await?, now))
        }
        // Each user has a place of their own, which changes with the room.
        LiveTopic::QueuePosition(id) => Ok(json!({"room": store.get_waiting_room(id).await?.version})),
        LiveTopic::Claim(..) | LiveTopic::Order(_) | LiveTopic::Reservation(_) => {
            Err(Error::not_found("topic"))
        }
    }
}

/// Returns the present state of a topic, and whether this call wrote it as a new version.
///
/// # Errors
/// `NOT_FOUND` when the resource of the topic does not exist; `BUSY` when others wrote the state in each of eight
/// tries.
pub async fn refresh(app: &App, topic: &LiveTopic) -> Result<(TopicState, bool)> {
    // The stored version is read before the resource: whoever writes the next version has read the resource after
    // this one was written, so that a higher version is never older.
    let stored = app.store().get_topic_state_if_exists(topic).await?;
    let attempt = async |stored: Option<TopicState>| {
        let data = read_state(app, topic).await?;
        if let Some(stored) = stored.clone().filter(|stored| stored.value() == data) {
            return Ok(TryResult::Done((stored, false)));
        }
        let next = TopicState::next(stored.as_ref(), topic, &data, app.now());
        Ok(match app.store().save_topic_state(stored.as_ref(), &next).await? {
            Saved::Done => TryResult::Done((next, true)),
            Saved::Conflict(there) => TryResult::Conflict(there.map(|there| *there)),
        })
    };
    retry(BusyReason::Live, stored, attempt).await
}

/// Returns the state of a topic. While the topic has subscribers, it is the one that they were told last.
///
/// # Errors
/// `NOT_FOUND` when the resource of the topic does not exist.
pub async fn snapshot(app: &App, topic: &LiveTopic) -> Result<TopicState> {
    let channels = app.store().list_channels_cached(app.now()).await?;
    if channels.contains(&topic.channel())
        && let Some(stored) = app.store().get_topic_state_if_exists(topic).await?
    {
        return Ok(stored);
    }
    refresh(app, topic).await.map(|(state, _)| state)
}

/// Returns the state of a topic like [`snapshot`], at most a second older.
///
/// # Errors
/// `NOT_FOUND` when the resource of the topic does not exist.
pub async fn snapshot_cached(app: &App, topic: &LiveTopic) -> Result<Arc<TopicState>> {
    let read = async || snapshot(app, topic).await.map(Some);
    let found = app.store().get_topic_state_cached(topic, app.now(), read).await?;
    found.ok_or_else(|| Error::not_found("topic"))
}
