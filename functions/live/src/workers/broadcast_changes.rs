//! Broadcaster: it tells subscribers of changed topics. Messages may come twice and in any order; clients know by
//! the versions what is new.

use std::time::Duration;

use domain::live::{LiveTopic, LiveUpdate, LiveUpdateReason, ServerMessage, Subscription, TopicState};
use domain::waiting_room::WaitingRoom;
use domain::{Code, Result};
use futures::future::join_all;
use runtime::{App, Message, Source, Work, Worker};
use store::SocketDelivery;
use store::schema::LIVE_UPDATES;

use crate::services::access::check_still_allowed;
use crate::services::channels::{ensure_listed, unlist_if_empty};
use crate::services::{own, topics};

/// Worker `live-broadcast-changes` behind the queue of changed topics.
pub static WORKER: Worker =
    Worker { name: "live-broadcast-changes", source: Source::Queue(&LIVE_UPDATES, run) };

/// Minimum time between two versions of a topic, in milliseconds, so that a client gets about three a second.
const PAUSE_MS: i64 = 300;
/// Number of clients that are told concurrently.
const AT_ONCE: usize = 64;

/// Content for the subscribers of a topic.
enum Content {
    /// The same message for all of them.
    Same(String),
    /// Place of each in this room, with the version of the topic.
    Place(Box<WaitingRoom>, u64),
}

fn run(app: App, message: Message) -> Work {
    Box::pin(async move {
        let update: LiveUpdate = message.parse()?;
        // The function that took the message before may have ended before it told everybody.
        let is_repeated = message.receives > 1;
        let told = update.topics.iter().map(async |topic| match update.reason {
            LiveUpdateReason::Left => unlist_if_empty(&app, topic).await,
            reason => tell(&app, topic, reason, is_repeated).await,
        });
        join_all(told).await.into_iter().collect()
    })
}

/// Tells the subscribers of `topic` its present state. Tells nobody if the state is known to them, unless
/// `is_repeated`: a client that joined has its snapshot, and the topic is only listed then.
async fn tell(app: &App, topic: &LiveTopic, reason: LiveUpdateReason, is_repeated: bool) -> Result<()> {
    let mut state = None;
    if topic.owner().is_none() {
        match next_state(app, topic).await? {
            Some((told, is_new)) if is_new || is_repeated => state = Some(told),
            Some(_) if reason == LiveUpdateReason::Joined => {
                let subscriptions = app.store().list_subscriptions(topic).await?;
                return ensure_listed(app, topic, &subscriptions).await;
            }
            _ => return Ok(()),
        }
    }
    // The subscribers are read after the state was written: whoever subscribes later gets it as the snapshot.
    let subscriptions = app.store().list_subscriptions(topic).await?;
    if subscriptions.is_empty() {
        return unlist_if_empty(app, topic).await;
    }
    ensure_listed(app, topic, &subscriptions).await?;
    let content = &content(app, topic, state).await?;
    let mut outcome = Ok(());
    for some in subscriptions.chunks(AT_ONCE) {
        let told = join_all(some.iter().map(|subscription| tell_one(app, subscription, content))).await;
        outcome = outcome.and(told.into_iter().collect());
    }
    outcome
}

/// Returns the state of a topic for several users once it may be told, and whether it is new. `None` if others have
/// told a state that was read after this call.
async fn next_state(app: &App, topic: &LiveTopic) -> Result<Option<(TopicState, bool)>> {
    if let Some(seen) = app.store().get_topic_state_if_exists(topic).await? {
        let pause_ms = (seen.at.as_millis() + PAUSE_MS - app.now().as_millis()).clamp(0, PAUSE_MS);
        if pause_ms > 0 {
            tokio::time::sleep(Duration::from_millis(pause_ms.unsigned_abs())).await;
            let stored = app.store().get_topic_state_if_exists(topic).await?;
            // The next version may have been read before this call, but not the one after it.
            if stored.is_some_and(|stored| stored.version > seen.version + 1) {
                return Ok(None);
            }
        }
    }
    topics::refresh(app, topic).await.map(Some)
}

async fn content(app: &App, topic: &LiveTopic, state: Option<TopicState>) -> Result<Content> {
    Ok(match (topic, state) {
        (LiveTopic::QueuePosition(id), Some(state)) => {
            Content::Place(Box::new(app.store().get_waiting_room(id).await?), state.version)
        }
        (_, Some(state)) => Content::Same(state.change().text()),
        (_, None) => Content::Same(own::snapshot(app, topic).await?.text()),
    })
}

/// Sends a subscriber its message. The subscription ends if the rights of its user have, or if the connection has
/// ended or is too slow.
async fn tell_one(app: &App, subscription: &Subscription, content: &Content) -> Result<()> {
    let (text, is_ended) = match text(app, subscription, content).await {
        Ok(text) => (text, false),
        Err(error) if error.code == Code::Busy || error.code == Code::InternalError => return Err(error),
        Err(error) => {
            let (topic, code) = (subscription.topic.clone(), error.code.as_str());
            (ServerMessage::Ended { topic, code }.text(), true)
        }
    };
    let delivery = app.store().post_to_connection(&subscription.connection_id, &text).await?;
    if delivery == SocketDelivery::Unknown {
        // The client connects again and gets a snapshot.
        app.store().close_connection(&subscription.connection_id).await?;
    }
    if is_ended || delivery != SocketDelivery::Accepted {
        return app.store().delete_subscription(&subscription.topic, &subscription.connection_id).await;
    }
    Ok(())
}

async fn text(app: &App, subscription: &Subscription, content: &Content) -> Result<String> {
    check_still_allowed(app, subscription).await?;
    match (content, &subscription.user) {
        (Content::Place(room, version), Some(user)) => {
            let before = subscription.queue_token.as_deref();
            let (message, token) = own::place(app, room, &user.user_id, before, *version).await?;
            if before != Some(&token) {
                // With the position in its token, the next place is known from the room alone.
                let next = Subscription { queue_token: Some(token), ..subscription.clone() };
                app.store().put_subscription(&next).await?;
            }
            Ok(message.text())
        }
        (Content::Same(text), _) => Ok(text.clone()),
        (Content::Place(..), None) => Err(domain::Error::unauthorized()),
    }
}
