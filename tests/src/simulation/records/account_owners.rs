//! Record of what owners of accounts used that works once, and of sessions that they ended.

use std::sync::{Mutex, PoisonError};

/// Record of all owners in a run.
#[derive(Default)]
pub struct OwnerHistory(Mutex<Vec<OwnerRecord>>);

/// One request of an owner, with its outcome.
#[derive(Clone, Debug)]
pub enum OwnerRecord {
    /// Use of a mailed token or of a code of an authenticator app, by its text.
    Use {
        /// Token, or account and code.
        once: String,
        /// Whether the response was a success.
        succeeded: bool,
    },
    /// Call or refresh with a session that its owner had ended more than some seconds before.
    AfterTheEnd {
        /// Method and path of the call.
        call: String,
        /// Status of the response.
        status: u16,
    },
}

impl OwnerHistory {
    /// Returns all records so far.
    pub fn all(&self) -> Vec<OwnerRecord> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Adds a record.
    pub fn add(&self, record: OwnerRecord) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(record);
    }
}
