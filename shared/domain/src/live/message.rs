//! Messages over a connection, and the message by which relays name changed topics.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::LiveTopic;
use crate::{Code, Error, Timestamp};

/// Message of a client.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case", deny_unknown_fields)]
pub enum ClientMessage {
    /// Binds the connection to the user of a ticket, or renews the user's rights.
    Authenticate {
        /// Ticket of `POST /live/tickets`.
        ticket: String,
    },
    /// Subscribes to a topic, and asks for its snapshot. A repeat is a request for a new snapshot.
    Subscribe {
        /// Topic to subscribe to.
        topic: LiveTopic,
        /// Queue token, for a position in a queue or the seats of a concert that a queue guards.
        #[serde(default)]
        queue_token: Option<String>,
    },
    /// Ends the subscription to a topic.
    Unsubscribe {
        /// Topic to end.
        topic: LiveTopic,
    },
    /// Keeps the connection open.
    Ping {},
}

/// Message to a client.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum ServerMessage {
    /// The connection is bound to the user of the ticket.
    Authenticated {
        /// Time before which a new ticket must renew the user's rights, in UTC.
        until: Timestamp,
    },
    /// Whole state of a topic. It replaces what the client has, unless that has a higher version.
    Snapshot {
        /// Topic of the state.
        topic: LiveTopic,
        /// Version of the state; higher ones are newer.
        version: u64,
        /// State, without members that are null.
        data: Value,
    },
    /// Change of a topic's state, as a JSON merge patch (RFC 7396). It applies to the state with `from_version`
    /// only; a client that has a lower one subscribes again.
    Delta {
        /// Topic of the state.
        topic: LiveTopic,
        /// Version of the state that the patch changes.
        from_version: u64,
        /// Version of the state after the change.
        version: u64,
        /// Changed members; null for those that went away.
        data: Value,
    },
    /// The subscription has ended, as the client asked.
    Unsubscribed {
        /// Topic that has ended.
        topic: LiveTopic,
    },
    /// The subscription has ended, since the rights of the user have.
    Ended {
        /// Topic that has ended.
        topic: LiveTopic,
        /// Error code with the reason.
        code: &'static str,
    },
    /// The topic has too many subscribers. The client polls its snapshots over HTTP instead.
    UseSnapshot {
        /// Topic to poll.
        topic: LiveTopic,
    },
    /// Answer to a ping.
    Pong {},
    /// The connection ends soon. The client opens another one and subscribes there before it closes this one.
    Reconnect {
        /// Time at which the connection ends, in UTC.
        ends_at: Timestamp,
    },
    /// The message was refused.
    Error {
        /// Topic that the message named, if any.
        #[serde(skip_serializing_if = "Option::is_none")]
        topic: Option<LiveTopic>,
        /// Error code, one of those of the HTTP API.
        code: &'static str,
        /// Explanation in English, for people.
        message: String,
    },
}

impl ServerMessage {
    /// Creates the message that refuses one about `topic`. A field that is not valid is named, with the reason,
    /// because these messages have no details.
    pub fn refusal(topic: Option<LiveTopic>, error: &Error) -> Self {
        let field =
            error.details.as_ref().filter(|_| error.code == Code::ValidationError).and_then(|fields| {
                Some(format!("{} {}", fields[0]["field"].as_str()?, fields[0]["message"].as_str()?))
            });
        Self::Error { topic, code: error.code.as_str(), message: field.unwrap_or(error.message.to_string()) }
    }

    /// Returns the JSON text of the message.
    pub fn text(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// Reason of a [`LiveUpdate`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LiveUpdateReason {
    /// A relay saw a change of the topics.
    Changed,
    /// A client subscribed. Relays that did not know yet that the topics have subscribers may have missed changes.
    Joined,
    /// A client left. If it was the last, relays can stop to name the topics.
    Left,
}

/// SQS message: topics whose subscribers are to be told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LiveUpdate {
    /// Topics to look at.
    pub topics: Vec<LiveTopic>,
    /// Reason to look at them.
    pub reason: LiveUpdateReason,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn client_message_is_read_strictly() {
        let read = |text: &str| serde_json::from_str::<ClientMessage>(text);
        let topic = LiveTopic::parse("deals/tdl_1/stock").unwrap();
        let subscribe = r#"{"action": "subscribe", "topic": "deals/tdl_1/stock"}"#;
        assert_eq!(read(subscribe).unwrap(), ClientMessage::Subscribe { topic, queue_token: None });
        assert_eq!(read(r#"{"action": "ping"}"#).unwrap(), ClientMessage::Ping {});
        for wrong in [
            r#"{"action": "shout"}"#,
            r#"{"action": "subscribe"}"#,
            r#"{"action": "subscribe", "topic": "deals"}"#,
            r#"{"action": "ping", "more": 1}"#,
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn server_message_is_written_with_its_type() {
        let topic = LiveTopic::parse("deals/tdl_1/stock").unwrap();
        let text = ServerMessage::UseSnapshot { topic }.text();
        assert_eq!(text, r#"{"type":"use_snapshot","topic":"deals/tdl_1/stock"}"#);
    }

    #[test]
    fn refusal_names_the_field_because_it_has_no_details() {
        let text = ServerMessage::refusal(None, &Error::invalid_field("action", "is unknown")).text();
        assert_eq!(text, r#"{"type":"error","code":"VALIDATION_ERROR","message":"action is unknown"}"#);
    }
}
