//! State of a topic as it was last told to its subscribers.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{LiveTopic, ServerMessage, merge_patch};
use crate::Timestamp;
use crate::time::millis;

/// State of a topic with its version. Its next version is written by whoever first sees another state, on condition
/// that the version is unchanged. Each version therefore has one content, and a higher one is newer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TopicState {
    /// Topic of the state.
    pub topic: LiveTopic,
    /// Version of the state. The first one is the time in milliseconds, so that the versions of a state that was
    /// deleted meanwhile do not come again.
    pub version: u64,
    /// State, as JSON.
    pub data: String,
    /// Merge patch from the version before, as JSON. Empty in the first version.
    #[serde(default)]
    pub patch: String,
    /// Time at which this version was written, in UTC.
    #[serde(with = "millis")]
    pub at: Timestamp,
}

impl TopicState {
    /// Creates the version that follows `before`, with `data`.
    pub fn next(before: Option<&Self>, topic: &LiveTopic, data: &Value, now: Timestamp) -> Self {
        let first = u64::try_from(now.as_millis()).unwrap_or(0);
        Self {
            topic: topic.clone(),
            version: before.map_or(first, |before| before.version + 1),
            data: data.to_string(),
            patch: before.map(|before| merge_patch(&before.value(), data).to_string()).unwrap_or_default(),
            at: now,
        }
    }

    /// Returns the state as a JSON value.
    pub fn value(&self) -> Value {
        serde_json::from_str(&self.data).unwrap_or_default()
    }

    /// Returns the message with the whole state.
    pub fn snapshot(&self) -> ServerMessage {
        ServerMessage::Snapshot { topic: self.topic.clone(), version: self.version, data: self.value() }
    }

    /// Returns the message with the change from the version before: a delta, or a snapshot of the first version.
    pub fn change(&self) -> ServerMessage {
        match serde_json::from_str(&self.patch) {
            Ok(data) => {
                let (from_version, version) = (self.version - 1, self.version);
                ServerMessage::Delta { topic: self.topic.clone(), from_version, version, data }
            }
            Err(_) => self.snapshot(),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn version_after_the_first_is_told_as_a_delta() {
        let topic = LiveTopic::parse("deals/tdl_1/stock").unwrap();
        let now = Timestamp::from_millis(5_000);
        let first = TopicState::next(None, &topic, &json!({"sold": 1, "left": 2}), now);
        assert_eq!(first.change(), first.snapshot());
        let second = TopicState::next(Some(&first), &topic, &json!({"sold": 2, "left": 2}), now);
        let delta =
            ServerMessage::Delta { topic, from_version: 5_000, version: 5_001, data: json!({"sold": 2}) };
        assert_eq!(second.change(), delta);
    }
}
