//! The second view of the tables, which follows the first with a lag: what eventually consistent reads and
//! the index show. It is a database of its own that carries out the same successful writes in the same order,
//! later.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use local::engine::Dynamo;
use local::engine::connector::{Call, Reply};

/// How far the follower may be behind: what the caches of a second allow for.
pub const LAG_MS_MAX: u64 = 900;

/// The follower.
pub struct Replica {
    database: Dynamo,
    log: Mutex<VecDeque<(u64, Call)>>,
}

impl Replica {
    /// A follower without writes, on an empty `database`.
    pub fn new(database: Dynamo) -> Self {
        Self { database, log: Mutex::default() }
    }

    /// The leader has carried out `write` at `at_ms`.
    pub fn follow(&self, at_ms: u64, write: Call) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push_back((at_ms, write));
    }

    /// The answer to `read` as of `at_ms`, or a little later when it was asked for a later moment before; and
    /// whether the leader knew more.
    pub fn read(&self, at_ms: u64, read: &Call) -> (Reply, bool) {
        let mut log = self.log.lock().unwrap_or_else(PoisonError::into_inner);
        while log.front().is_some_and(|(written_ms, _)| *written_ms <= at_ms) {
            if let Some((_, write)) = log.pop_front() {
                self.database.execute(&write.target, &write.body);
            }
        }
        (self.database.execute(&read.target, &read.body), !log.is_empty())
    }
}
