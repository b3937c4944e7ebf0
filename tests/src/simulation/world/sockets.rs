//! Connections of clients with live updates. Messages to them are lost, delayed and reordered, and connections
//! break.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::environment::Environment;
use super::faults::Fault;

/// Breaks of connections per thousand messages, in a run with faults.
const BREAKS: u64 = 30;

/// Open connections of a run, by id, each with the messages to it and the times at which they arrive.
#[derive(Default)]
pub struct Sockets(Mutex<BTreeMap<String, Vec<(u64, String)>>>);

impl Sockets {
    /// Opens a connection.
    pub fn open(&self, id: &str) {
        self.connections().insert(id.to_owned(), Vec::new());
    }

    /// Closes a connection. Returns `false` if it is not open.
    pub fn close(&self, id: &str) -> bool {
        self.connections().remove(id).is_some()
    }

    /// Sends a message to a connection. Returns `false` if it is not open, or breaks now.
    pub fn post(&self, env: &Environment, id: &str, message: &str) -> bool {
        if env.strikes(BREAKS) && self.close(id) {
            env.fault(id, Fault::SocketBroken);
        }
        let late_ms = if env.faults.on() { env.prng.between(0, 1_500) } else { 0 };
        let mut connections = self.connections();
        let Some(messages) = connections.get_mut(id) else { return false };
        messages.push((env.now_ms() + late_ms, message.to_owned()));
        true
    }

    /// Returns the messages that have arrived at a connection since the last call, or `None` if it is not open.
    pub fn arrived(&self, env: &Environment, id: &str) -> Option<Vec<String>> {
        let mut connections = self.connections();
        let messages = connections.get_mut(id)?;
        let mut arrived: Vec<(u64, String)> =
            messages.extract_if(.., |(at, _)| *at <= env.now_ms()).collect();
        arrived.sort();
        Some(arrived.into_iter().map(|(_, message)| message).collect())
    }

    fn connections(&self) -> MutexGuard<'_, BTreeMap<String, Vec<(u64, String)>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
