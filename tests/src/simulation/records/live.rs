//! Record of what subscribers of live updates were told.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::Value;

use crate::follower::{Effect, Follower};

/// States that the subscribers of a run follow, by the number of the subscriber, each with its topic.
#[derive(Default)]
pub struct LiveHistory(Mutex<BTreeMap<usize, (String, Follower)>>);

impl LiveHistory {
    /// Takes a message to a subscriber into account.
    pub fn take(&self, number: usize, topic: &str, message: &Value) -> Effect {
        self.lock().entry(number).or_insert_with(|| (topic.to_owned(), Follower::default())).1.take(message)
    }

    /// Returns the topic of each subscriber, and its state as the subscriber knows it.
    pub fn states(&self) -> Vec<(usize, String, Value)> {
        let known = self.lock();
        let state = |(number, (topic, follower)): (&usize, &(String, Follower))| {
            (*number, topic.clone(), follower.state(topic).clone())
        };
        known.iter().map(state).collect()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<usize, (String, Follower)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
