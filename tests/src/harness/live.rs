//! Client of live updates over a real WebSocket.

use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use super::{Caller, TestApp};
use crate::follower::{Effect, Follower};

/// Maximum time that a test waits for a message.
const PATIENCE: Duration = Duration::from_secs(10);

/// Connection of a client, with the states that it follows.
pub struct LiveClient {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    /// States of the topics that the client follows.
    pub follower: Follower,
}

impl LiveClient {
    /// Opens a connection to the stack at `address`, `http://127.0.0.1:…`.
    pub async fn connect(address: &str) -> Self {
        let url = format!("{}/ws", address.replacen("http", "ws", 1));
        let (socket, _) = connect_async(url).await.expect("the connection opens");
        Self { socket, follower: Follower::default() }
    }

    /// Sends a message.
    pub async fn send(&mut self, message: &str) {
        self.socket.send(Message::text(message)).await.expect("the connection is open");
    }

    /// Sends a message, and returns the next one from the server.
    pub async fn ask(&mut self, message: Value) -> Value {
        self.send(&message.to_string()).await;
        self.next().await
    }

    /// Subscribes to a topic, and returns the reply.
    pub async fn subscribe(&mut self, topic: &str) -> Value {
        self.ask(json!({"action": "subscribe", "topic": topic})).await
    }

    /// Binds the connection to `caller` by a new ticket.
    pub async fn authenticate(&mut self, caller: &Caller) {
        let ticket = caller.call("POST", "/live/tickets").await.expect(201)["ticket"].clone();
        let reply = self.ask(json!({"action": "authenticate", "ticket": ticket})).await;
        assert_eq!(reply["type"], "authenticated", "{reply}");
    }

    /// Returns the next message, after the client has taken it into account.
    pub async fn next(&mut self) -> Value {
        self.next_within(PATIENCE).await.expect("a message comes in time")
    }

    /// Returns the next message, or `None` if none comes within `patience` or the connection has ended. A message
    /// that leaves a gap fails the test.
    pub async fn next_within(&mut self, patience: Duration) -> Option<Value> {
        let (message, effect) = self.take_within(patience).await?;
        assert_ne!(effect, Effect::Gap, "{message}");
        Some(message)
    }

    /// Returns the next message with its effect on the states, like [`Self::next_within`], also if it leaves a gap.
    pub async fn take_within(&mut self, patience: Duration) -> Option<(Value, Effect)> {
        let message = tokio::time::timeout(patience, self.socket.next()).await.ok()??;
        let message = message.ok()?.into_text().ok()?;
        let message = serde_json::from_str(&message).ok()?;
        let effect = self.follower.take(&message);
        Some((message, effect))
    }

    /// Returns the next message of this type, and skips others.
    pub async fn next_of(&mut self, kind: &str) -> Value {
        loop {
            let message = self.next().await;
            if message["type"] == kind {
                return message;
            }
        }
    }

    /// Waits until the state of `topic` fulfils `wanted`, and returns it.
    pub async fn until(&mut self, topic: &str, wanted: impl Fn(&Value) -> bool) -> Value {
        while !wanted(self.follower.state(topic)) {
            self.next().await;
        }
        self.follower.state(topic).clone()
    }
}

impl TestApp {
    /// Opens a connection for live updates.
    pub async fn live(&self) -> LiveClient {
        LiveClient::connect(self.address()).await
    }

    /// Opens a connection for live updates, and binds it to `caller`.
    pub async fn live_of(&self, caller: &Caller) -> LiveClient {
        let mut client = self.live().await;
        client.authenticate(caller).await;
        client
    }
}
