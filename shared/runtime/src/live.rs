//! Messages of the relays about changed topics of live updates.

use std::collections::BTreeSet;

use domain::Result;
use domain::live::{LiveTopic, LiveUpdate, LiveUpdateReason};
use store::schema::LIVE_UPDATES;

use crate::App;
use crate::log::cause;

/// Maximum number of topics in one message.
const TOPICS_MAX: usize = 50;

/// Sends those of `topics` that may have subscribers to the worker that tells the subscribers. Sends nothing while
/// there are none: the list of channels is read at most once a second by each instance, and not at all without
/// `topics`.
///
/// # Errors
/// `BUSY` or `INTERNAL_ERROR` when a message could not be sent. The relay must then fail.
pub async fn tell_subscribers(app: &App, topics: impl IntoIterator<Item = LiveTopic>) -> Result<()> {
    let mut topics: BTreeSet<LiveTopic> = topics.into_iter().collect();
    if topics.is_empty() {
        return Ok(());
    }
    match app.store().list_channels_cached(app.now()).await {
        Ok(channels) => topics.retain(|topic| channels.contains(&topic.channel())),
        // Everything is sent then: a relay does not stop for live updates, and no change is lost.
        Err(error) => tracing::warn!(cause = cause(&error), "the list of channels cannot be read"),
    }
    send(app, topics.into_iter().collect(), LiveUpdateReason::Changed, 0).await
}

/// Sends `topics` to the worker that tells their subscribers, to arrive in `delay_s` seconds.
///
/// # Errors
/// `BUSY` or `INTERNAL_ERROR` when a message could not be sent.
pub async fn send(app: &App, topics: Vec<LiveTopic>, reason: LiveUpdateReason, delay_s: u32) -> Result<()> {
    let update = |topics: &[LiveTopic]| LiveUpdate { topics: topics.to_vec(), reason };
    let updates: Vec<LiveUpdate> = topics.chunks(TOPICS_MAX).map(update).collect();
    app.store().send(&LIVE_UPDATES, &updates, delay_s).await
}
