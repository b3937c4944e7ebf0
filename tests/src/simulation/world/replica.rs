//! Lagging replica of the tables, for eventually consistent reads and the index. It is a separate database
//! that executes the leader's successful writes later, in the same order.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use local::engine::Dynamo;
use local::engine::connector::{Call, Reply};

/// Maximum lag of the replica, in milliseconds. It is shorter than the second for which caches are valid.
pub const LAG_MS_MAX: u64 = 900;

/// Replica of the tables.
pub struct Replica {
    database: Dynamo,
    log: Mutex<VecDeque<(u64, Call)>>,
}

impl Replica {
    /// Creates a replica on an empty `database`.
    pub fn new(database: Dynamo) -> Self {
        Self { database, log: Mutex::default() }
    }

    /// Adds a write that the leader executed at `at_ms`, in milliseconds of the run.
    pub fn follow(&self, at_ms: u64, write: Call) {
        self.log.lock().unwrap_or_else(PoisonError::into_inner).push_back((at_ms, write));
    }

    /// Executes `read` on the tables as of `at_ms`, or as of a later time if that was read before. Also
    /// returns `true` if the leader has newer writes.
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
