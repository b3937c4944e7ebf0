//! Connections: handling of the messages of a client, and removal of what a connection leaves when it ends.

use std::slice;

use domain::live::{
    ClientMessage, Connection, LiveTicket, LiveTopic, LiveUpdateReason, ServerMessage, Subscription,
};
use domain::{BusyReason, Result};
use runtime::live::send;
use runtime::{App, SocketEvent, set_user};
use store::update_with_retry;

use super::{access, channels, own, topics};

/// Time in seconds after a subscription at which its topic is read and told once more. By then every relay knows that
/// the topic has subscribers: the cached list is a second old at most, and an eventually consistent read lags by less.
const SETTLED_AFTER_SECONDS: u32 = 5;

/// Handles a message of a client, and returns the reply.
///
/// # Errors
/// The refusals of [`subscribe`] and [`authenticate`], which the reply tells the client; `CONFLICT` when the connection
/// has ended; `BUSY` when a read or write failed.
pub async fn handle(app: &App, event: &SocketEvent, message: ClientMessage) -> Result<ServerMessage> {
    match message {
        ClientMessage::Authenticate { ticket } => authenticate(app, event, &ticket).await,
        ClientMessage::Subscribe { topic, queue_token } => subscribe(app, event, topic, queue_token).await,
        ClientMessage::Unsubscribe { topic } => unsubscribe(app, event, topic).await,
        ClientMessage::Ping {} => {
            let connection = Connection::new(event.connection_id.clone(), event.connected_at);
            Ok(match connection.is_old(app.now()) {
                true => ServerMessage::Reconnect { ends_at: connection.ends_at() },
                false => ServerMessage::Pong {},
            })
        }
    }
}

/// Binds the connection to the user of a ticket. A further ticket of the same user renews the rights of the
/// connection and of its subscriptions, except those to the seats of a concert that a queue guards.
///
/// # Errors
/// `UNAUTHORIZED` when the ticket is unknown, expired or used by another connection, or its user's access is revoked;
/// `FORBIDDEN` when the connection belongs to another user; `CONFLICT` when it has ended.
async fn authenticate(app: &App, event: &SocketEvent, secret: &str) -> Result<ServerMessage> {
    let hash = LiveTicket::hash_of(secret);
    let ticket = app.store().use_ticket(&hash, &event.connection_id).await?;
    let ticket = ticket.ok_or_else(LiveTicket::unusable)?;
    ticket.check(&event.connection_id, app.now())?;
    let user = access::confirmed(app, Some(&ticket.user)).await?;
    set_user(&user.user_id);
    let connection = change(app, event, |connection| connection.authenticated(user)).await?;
    for topic in connection.topics.iter().filter(|topic| is_renewed(topic)) {
        let queue_token = None;
        put(app, &connection, topic, Some(user.clone()), queue_token).await?;
    }
    Ok(ServerMessage::Authenticated { until: user.until() })
}

const fn is_renewed(topic: &LiveTopic) -> bool {
    topic.owner().is_some() || matches!(topic, LiveTopic::QueuePosition(_))
}

/// Subscribes the connection to a topic, and returns its snapshot. A repeat returns the present snapshot.
///
/// # Errors
/// The refusals of [`access::authorize`]; `TOO_MANY_REQUESTS` when the connection has the maximum number of topics;
/// `CONFLICT` when it has ended.
async fn subscribe(
    app: &App,
    event: &SocketEvent,
    topic: LiveTopic,
    queue_token: Option<String>,
) -> Result<ServerMessage> {
    let known = load(app, event).await?;
    let user = access::authorize(app, known.user.as_ref(), &topic, queue_token.as_ref()).await?;
    if topic.owner().is_none() && !known.topics.contains(&topic) {
        let count = app.store().count_subscribers_cached(&topic, app.now()).await?;
        if count >= app.settings().live_sockets as usize {
            return Ok(ServerMessage::UseSnapshot { topic });
        }
        app.store().note_subscriber(&topic);
    }
    let connection = change(app, event, |connection| connection.with_topic(&topic)).await?;
    // From here on changes are sent to the client, so that none is missed between the snapshot and the first delta.
    let subscription = put(app, &connection, &topic, user, queue_token).await?;
    channels::ensure_listed(app, &topic, slice::from_ref(&subscription)).await?;
    let snapshot = snapshot(app, &topic, &subscription).await;
    if snapshot.is_err() {
        unsubscribe(app, event, topic).await?;
        return snapshot;
    }
    send(app, vec![topic], LiveUpdateReason::Joined, SETTLED_AFTER_SECONDS).await?;
    snapshot
}

async fn snapshot(app: &App, topic: &LiveTopic, subscription: &Subscription) -> Result<ServerMessage> {
    match (topic, &subscription.user) {
        (LiveTopic::QueuePosition(id), Some(user)) => {
            let version = topics::snapshot(app, topic).await?.version;
            let room = app.store().get_waiting_room(id).await?;
            let token = subscription.queue_token.as_deref();
            Ok(own::place(app, &room, &user.user_id, token, version).await?.0)
        }
        _ if topic.owner().is_some() => own::snapshot(app, topic).await,
        _ => Ok(topics::snapshot(app, topic).await?.snapshot()),
    }
}

async fn unsubscribe(app: &App, event: &SocketEvent, topic: LiveTopic) -> Result<ServerMessage> {
    change(app, event, |connection| connection.without_topic(&topic)).await?;
    app.store().delete_subscription(&topic, &event.connection_id).await?;
    send(app, vec![topic.clone()], LiveUpdateReason::Left, 0).await?;
    Ok(ServerMessage::Unsubscribed { topic })
}

/// Removes what a connection that has ended leaves behind. A repeat, and a connection that never subscribed, are no
/// errors.
pub async fn disconnect(app: &App, event: &SocketEvent) -> Result<()> {
    let Some(connection) = app.store().get_connection_if_exists(&event.connection_id).await? else {
        return Ok(());
    };
    let save = async |next: Connection| app.store().save_connection(&next).await;
    let ended = update_with_retry(BusyReason::Live, connection, |found| Ok(found.ended()), save).await?;
    for topic in &ended.topics {
        app.store().delete_subscription(topic, &ended.id).await?;
    }
    send(app, ended.topics.into_iter().collect(), LiveUpdateReason::Left, 0).await
}

/// Returns the connection of `event`, or a new one of which nothing is stored yet.
async fn load(app: &App, event: &SocketEvent) -> Result<Connection> {
    let found = app.store().get_connection_if_exists(&event.connection_id).await?;
    let connection =
        found.unwrap_or_else(|| Connection::new(event.connection_id.clone(), event.connected_at));
    if let Some(user) = &connection.user {
        set_user(&user.user_id);
    }
    Ok(connection)
}

async fn change(
    app: &App,
    event: &SocketEvent,
    decide: impl Fn(&Connection) -> Result<Connection>,
) -> Result<Connection> {
    let save = async |next: Connection| app.store().save_connection(&next).await;
    update_with_retry(BusyReason::Live, load(app, event).await?, decide, save).await
}

async fn put(
    app: &App,
    connection: &Connection,
    topic: &LiveTopic,
    user: Option<domain::live::LiveUser>,
    queue_token: Option<String>,
) -> Result<Subscription> {
    let (connection_id, ends_at) = (connection.id.clone(), connection.ends_at());
    let subscription = Subscription { topic: topic.clone(), connection_id, user, queue_token, ends_at };
    app.store().put_subscription(&subscription).await?;
    Ok(subscription)
}
