//! States of topics as a client of live updates follows them, by the rules of docs/live.md.

use std::collections::BTreeMap;

use serde_json::{Value, json};

/// States of the topics that a client follows, with their versions.
#[derive(Clone, Debug, Default)]
pub struct Follower {
    states: BTreeMap<String, (u64, Value)>,
}

/// Effect of a message on the states of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// The state of a topic has a new version.
    Updated,
    /// The message says nothing new about a state.
    Nothing,
    /// A delta leads from a version that the client does not have: it subscribes again.
    Gap,
}

impl Follower {
    /// Takes a message into account.
    pub fn take(&mut self, message: &Value) -> Effect {
        let topic = message["topic"].as_str().unwrap_or_default().to_owned();
        let version = message["version"].as_u64().unwrap_or_default();
        let known = self.states.get_mut(&topic);
        match message["type"].as_str() {
            Some("snapshot") => {
                if known.is_some_and(|(known, _)| *known > version) {
                    return Effect::Nothing;
                }
                self.states.insert(topic, (version, message["data"].clone()));
                Effect::Updated
            }
            Some("delta") => match known {
                Some((known, _)) if *known >= version => Effect::Nothing,
                Some((known, state)) if message["from_version"] == *known => {
                    *known = version;
                    merge(state, &message["data"]);
                    Effect::Updated
                }
                _ => Effect::Gap,
            },
            Some("ended" | "unsubscribed") => {
                self.states.remove(&topic);
                Effect::Nothing
            }
            _ => Effect::Nothing,
        }
    }

    /// Returns the state of a topic; null if the client has none.
    pub fn state(&self, topic: &str) -> &Value {
        self.states.get(topic).map_or(&Value::Null, |(_, state)| state)
    }

    /// Returns the version of a topic's state; 0 if the client has none.
    pub fn version(&self, topic: &str) -> u64 {
        self.states.get(topic).map_or(0, |(version, _)| *version)
    }
}

/// Applies a JSON merge patch to `target`, as RFC 7396 defines it.
fn merge(target: &mut Value, patch: &Value) {
    let Value::Object(patch) = patch else {
        *target = patch.clone();
        return;
    };
    if !target.is_object() {
        *target = json!({});
    }
    let Some(members) = target.as_object_mut() else { return };
    for (name, value) in patch {
        match value {
            Value::Null => drop(members.remove(name)),
            _ => merge(members.entry(name.clone()).or_insert(Value::Null), value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::assert_each_eq;

    #[test]
    fn delta_is_taken_from_its_own_version_only() {
        let mut follower = Follower::default();
        let snapshot =
            |version, data| json!({"type": "snapshot", "topic": "t", "version": version, "data": data});
        let delta = |from: u64, data: Value| json!({"type": "delta", "topic": "t", "from_version": from, "version": from + 1, "data": data});
        assert_eq!(follower.take(&delta(4, json!({}))), Effect::Gap);
        assert_each_eq!(
            (follower.take(&snapshot(5, json!({"a": {"b": 1, "c": 2}}))), Effect::Updated),
            (follower.take(&delta(4, json!({"a": 0}))), Effect::Nothing),
            (follower.take(&delta(5, json!({"a": {"b": null}}))), Effect::Updated),
            (follower.take(&delta(5, json!({"a": 0}))), Effect::Nothing),
            (follower.take(&delta(8, json!({"a": 0}))), Effect::Gap),
            (follower.take(&snapshot(3, json!({}))), Effect::Nothing)
        );
        assert_each_eq!((follower.state("t"), &json!({"a": {"c": 2}})), (follower.version("t"), 6));
    }
}
