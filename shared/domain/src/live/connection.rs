//! Connections and their subscriptions.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::{LiveTopic, LiveUser};
use crate::time::millis;
use crate::{Code, Error, Result, Timestamp};

/// Maximum number of topics of a connection.
pub const SUBSCRIPTIONS_MAX: usize = 20;
/// Age of a connection, in seconds, at which API Gateway closes it.
pub const LIVE_CONNECTION_SECONDS: i64 = 2 * 60 * 60;
/// Age of a connection, in seconds, from which the client is asked to open another one. A client is silent for at
/// most ten minutes, so it is asked in time.
const RECONNECT_SECONDS: i64 = LIVE_CONNECTION_SECONDS - 11 * 60;

/// Open connection of a client, with its user and topics.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// Id that API Gateway gave to the connection.
    pub id: String,
    /// Time at which the client connected, in UTC.
    #[serde(with = "millis")]
    pub connected_at: Timestamp,
    /// User of the connection; `None` until it shows a ticket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<LiveUser>,
    /// Topics of the connection.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub topics: BTreeSet<LiveTopic>,
    /// Whether the connection has ended. No subscription is added to it any more.
    #[serde(default)]
    pub closed: bool,
    /// Version for optimistic locking; rises by one with every write. 0 before the first one.
    #[serde(default)]
    pub version: u64,
}

impl Connection {
    /// Creates the connection `id`, of which nothing is stored yet.
    pub const fn new(id: String, connected_at: Timestamp) -> Self {
        Self { id, connected_at, user: None, topics: BTreeSet::new(), closed: false, version: 0 }
    }

    /// Returns the time at which API Gateway ends the connection, in UTC.
    pub fn ends_at(&self) -> Timestamp {
        self.connected_at.plus_seconds(LIVE_CONNECTION_SECONDS)
    }

    /// Returns whether the client should open another connection, since this one ends soon.
    pub fn is_old(&self, now: Timestamp) -> bool {
        now >= self.connected_at.plus_seconds(RECONNECT_SECONDS)
    }

    /// Returns the next version, bound to `user`.
    ///
    /// # Errors
    /// `FORBIDDEN` when the connection belongs to another user; `CONFLICT` when it has ended.
    pub fn authenticated(&self, user: &LiveUser) -> Result<Self> {
        if self.user.as_ref().is_some_and(|bound| bound.user_id != user.user_id) {
            let message = "This connection belongs to another user: open another connection for this ticket.";
            return Err(Error::refused(Code::Forbidden, message));
        }
        self.changed(|next| next.user = Some(user.clone()))
    }

    /// Returns the next version with `topic`.
    ///
    /// # Errors
    /// `TOO_MANY_REQUESTS` when the connection has the maximum number of topics; `CONFLICT` when it has ended.
    pub fn with_topic(&self, topic: &LiveTopic) -> Result<Self> {
        if !self.topics.contains(topic) && self.topics.len() >= SUBSCRIPTIONS_MAX {
            let message = format!(
                "A connection has at most {SUBSCRIPTIONS_MAX} topics; unsubscribe from one, or open another connection."
            );
            return Err(Error::refused(Code::TooManyRequests, message));
        }
        self.changed(|next| {
            next.topics.insert(topic.clone());
        })
    }

    /// Returns the next version without `topic`.
    ///
    /// # Errors
    /// `CONFLICT` when the connection has ended.
    pub fn without_topic(&self, topic: &LiveTopic) -> Result<Self> {
        self.changed(|next| {
            next.topics.remove(topic);
        })
    }

    /// Returns the last version of a connection that has ended. Its topics stay, so that a repeat of what ends
    /// it finds them.
    #[must_use]
    pub fn ended(&self) -> Self {
        if self.closed {
            self.clone()
        } else {
            Self { closed: true, version: self.version + 1, ..self.clone() }
        }
    }

    fn changed(&self, change: impl FnOnce(&mut Self)) -> Result<Self> {
        if self.closed {
            return Err(Error::refused(Code::Conflict, "This connection has ended; open another one."));
        }
        let mut next = self.clone();
        change(&mut next);
        if next != *self {
            next.version += 1;
        }
        Ok(next)
    }
}

/// Subscription of a connection to a topic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Topic whose changes the connection receives.
    pub topic: LiveTopic,
    /// Connection that receives them.
    pub connection_id: String,
    /// User who may receive them; `None` for a public topic.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<LiveUser>,
    /// Newest queue token of the user, for the topic of a position in a queue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub queue_token: Option<String>,
    /// Time at which API Gateway ends the connection, in UTC.
    #[serde(with = "millis")]
    pub ends_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use assertions::assert_each_eq;

    use super::*;
    use crate::accounts::Roles;
    use crate::ids::{DealId, UserId};

    fn topic(number: usize) -> LiveTopic {
        LiveTopic::DealStock(DealId::new(number))
    }

    fn user(name: &str) -> LiveUser {
        let since = Timestamp::from_millis(0);
        LiveUser { user_id: UserId::new(name), roles: Roles::default(), epoch: None, session_id: None, since }
    }

    #[test]
    fn connection_takes_twenty_topics_and_each_once() {
        let mut connection = Connection::new("c".to_owned(), Timestamp::from_millis(0));
        for number in 0..SUBSCRIPTIONS_MAX {
            connection = connection.with_topic(&topic(number)).unwrap();
        }
        assert_eq!(connection.with_topic(&topic(0)).unwrap(), connection, "a repeat changes nothing");
        assert_eq!(connection.with_topic(&topic(99)).unwrap_err().code, Code::TooManyRequests);
        let fewer = connection.without_topic(&topic(0)).unwrap();
        assert!(fewer.with_topic(&topic(99)).is_ok());
    }

    #[test]
    fn connection_stays_with_its_user_and_takes_nothing_after_its_end() {
        let connection = Connection::new("c".to_owned(), Timestamp::from_millis(0));
        let bound = connection.authenticated(&user("a")).unwrap();
        assert_eq!(bound.authenticated(&user("b")).unwrap_err().code, Code::Forbidden);
        let ended = bound.ended();
        assert_each_eq!(
            (ended.with_topic(&topic(1)).unwrap_err().code, Code::Conflict),
            (ended.ended(), ended.clone()),
            (ended.version, 2)
        );
    }

    #[test]
    fn connection_is_old_before_its_end() {
        let connection = Connection::new("c".to_owned(), Timestamp::from_millis(0));
        let asked_to_leave = connection.ends_at().plus_seconds(-11 * 60);
        assert_each_eq!(
            (connection.is_old(asked_to_leave.plus_seconds(-1)), false),
            (connection.is_old(asked_to_leave), true)
        );
    }
}
