//! Worker that handles the messages of clients. Each one gets a reply over the same connection.

use domain::error::Class;
use domain::live::{ClientMessage, LiveTopic, ServerMessage};
use domain::{Error, Result};
use runtime::{App, SocketEvent, SocketWork, Source, Worker};

use crate::services::connections;

/// Worker `live-receive-message` behind the route `$default` of the WebSocket API.
pub static WORKER: Worker = Worker { name: "live-receive-message", source: Source::Socket("$default", run) };

/// Maximum size of a client's message, in bytes.
const MESSAGE_BYTES_MAX: usize = 4 * 1024;

fn run(app: App, event: SocketEvent) -> SocketWork {
    Box::pin(async move { Ok(Some(reply(&app, &event).await.text())) })
}

async fn reply(app: &App, event: &SocketEvent) -> ServerMessage {
    let message = match parse(&event.body) {
        Ok(message) => message,
        Err(error) => return ServerMessage::refusal(None, &error),
    };
    let topic = topic_of(&message);
    match connections::handle(app, event, message).await {
        Ok(reply) => reply,
        Err(error) => {
            if matches!(error.code.class(), Class::Internal | Class::Unavailable) {
                tracing::warn!(code = error.code.as_str(), cause = ?error.cause(), "message not handled");
            }
            ServerMessage::refusal(topic, &error)
        }
    }
}

fn topic_of(message: &ClientMessage) -> Option<LiveTopic> {
    match message {
        ClientMessage::Subscribe { topic, .. } | ClientMessage::Unsubscribe { topic } => Some(topic.clone()),
        ClientMessage::Authenticate { .. } | ClientMessage::Ping {} => None,
    }
}

/// Parses a message.
///
/// # Errors
/// `VALIDATION_ERROR` when it is too long, or not one of the documented ones.
fn parse(body: &str) -> Result<ClientMessage> {
    if body.len() > MESSAGE_BYTES_MAX {
        return Err(Error::invalid_field("message", format!("must have at most {MESSAGE_BYTES_MAX} bytes")));
    }
    serde_json::from_str(body)
        .map_err(|error| Error::invalid_field("message", format!("cannot be read: {error}")))
}
