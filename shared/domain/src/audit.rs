//! Audit: entries of what was decided, granted, paid or changed. The entries of a subject form a hash chain.
//! Each hour a Merkle root is published over the heads that moved in that hour.
//!
//! An entry follows from two versions of its subject: the writer computes its hash from the version that it
//! writes, and the relay builds it from the images in the table's stream.

mod chain;
mod entry;
mod hour;
mod merkle;
mod states;
mod subjects;
#[cfg(test)]
mod tests;
mod verify;

pub use chain::{entry_between, seal};
pub use entry::{AuditEntry, AuditSubject, CoveredEntry, SubjectKind, state_digest};
pub use hour::AuditHour;
pub use merkle::{AuditRoot, Leaves, merkle_root};
pub use verify::{AuditFault, AuditReport, verify};

use serde_json::Value;

use crate::Timestamp;
use crate::ids::UserId;
use crate::trail::{AuditAct, Trail};

/// Account, role and request on whose behalf an entity is written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Author {
    /// Account that calls. `None` in a worker, and on a route without an account.
    pub actor: Option<UserId>,
    /// Role that allows the account to call.
    pub role: Option<String>,
    /// Id of the request, or of the worker's call.
    pub request_id: Option<String>,
    /// Time at which the call began.
    pub at: Option<Timestamp>,
}

/// Newest change of an entity, as far as it follows from the entity's own fields.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Act {
    /// Kind of the change.
    pub what: AuditAct,
    /// Time of the change. `None` if the entity does not contain it.
    pub at: Option<Timestamp>,
    /// Reason of the change: the operator's, the fulfilment service's or that of dibs.
    pub reason: Option<String>,
}

impl Act {
    fn of(what: AuditAct) -> Self {
        Self { what, at: None, reason: None }
    }

    fn at(self, at: Option<Timestamp>) -> Self {
        Self { at, ..self }
    }

    fn because(self, reason: Option<String>) -> Self {
        Self { reason, ..self }
    }
}

/// Entity whose changes are audited.
pub trait Audited: Clone {
    /// Returns the subject of the entity's entries.
    fn subject(&self) -> AuditSubject;

    /// Returns the version of the entity, which rises with each write.
    fn audit_version(&self) -> u64;

    /// Returns the trail of the entity.
    fn trail(&self) -> &Trail;

    /// Returns the trail of the entity, so that its next head can be set.
    fn trail_mut(&mut self) -> &mut Trail;

    /// Returns a summary of the state, as a JSON object without personal data and secrets. An entry is made
    /// when it differs from that of the entry before.
    fn state(&self) -> Value;

    /// Returns the newest change.
    fn act(&self) -> Act;
}
