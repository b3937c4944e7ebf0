//! Trail of an audited entity: the head of its chain of audit entries. It is stored on the entity's own item
//! and moves in the same write as the change.

mod act;
mod hash;

pub use act::AuditAct;
pub use hash::{Hash, StateDigest};

use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::ids::UserId;
use crate::time::millis;

/// Maximum number of heads that the copies of an entity in memory share. A call writes an entity a few times.
const WRITTEN_MAX: usize = 4;

/// Newest audit entry of an entity, as far as the entity itself does not contain it. Names are short, since
/// the head is part of items that must stay within 1 KiB.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrailHead {
    /// Number of the entry in its chain, which begins at the version of the entity and has no gaps.
    #[serde(rename = "n")]
    pub number: u64,
    /// Hash of the entry.
    #[serde(rename = "h")]
    pub hash: Hash,
    /// Digest of the state after the entry.
    #[serde(rename = "s")]
    pub state: StateDigest,
    /// Kind of the change.
    #[serde(rename = "w")]
    pub what: AuditAct,
    /// Time of the change, in UTC.
    #[serde(rename = "t", with = "millis")]
    pub at: Timestamp,
    /// Account that made the change. `None` if dibs made it.
    #[serde(rename = "a", default, skip_serializing_if = "Option::is_none")]
    pub actor: Option<UserId>,
    /// Role in which the account acted.
    #[serde(rename = "r", default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Id of the request, or of the worker's call, that made the change.
    #[serde(rename = "q", default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
    /// Version of the entity that contains the change.
    #[serde(rename = "v")]
    pub version: u64,
    /// Hash of the entry before, as long as the head is not stored.
    #[serde(skip)]
    pub previous: Option<Hash>,
}

/// Change that does not follow from the fields of an entity, noted by the code that decides it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotedAct {
    /// Kind of the change.
    pub what: AuditAct,
    /// Account that makes the change.
    pub actor: UserId,
    /// Time of the change, in UTC.
    pub at: Timestamp,
}

/// Trail of an entity: empty until its first audited change.
///
/// All copies of an entity in memory share what was written of it last, so that the next version follows from
/// the stored head although a write takes the entity by reference. Two trails are always equal: entities are
/// compared by what they are, whoever wrote them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Trail {
    head: Option<Box<TrailHead>>,
    #[serde(skip)]
    noted: Option<Box<NotedAct>>,
    #[serde(skip)]
    written: Arc<Mutex<Vec<TrailHead>>>,
}

impl PartialEq for Trail {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Trail {}

impl Trail {
    /// Returns `true` if the entity has no audit entry.
    pub const fn is_empty(&self) -> bool {
        self.head.is_none()
    }

    /// Returns the newest audit entry of the entity.
    pub fn head(&self) -> Option<&TrailHead> {
        self.head.as_deref()
    }

    /// Returns the change that was noted for the next entry.
    pub fn noted(&self) -> Option<&NotedAct> {
        self.noted.as_deref()
    }

    /// Notes the change for the next entry, for an entity from whose fields it does not follow.
    pub fn note(&mut self, act: NotedAct) {
        self.noted = Some(Box::new(act));
    }

    /// Returns the head before `version` of the entity is written.
    pub fn before(&self, version: u64) -> Option<TrailHead> {
        let written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        let earlier = written.iter().filter(|written| written.version < version);
        let known = earlier.chain(self.head.as_deref()).max_by_key(|head| head.number);
        known.cloned()
    }

    /// Sets the head, as `version` of the entity is about to be written.
    pub fn set(&mut self, version: u64, head: Option<TrailHead>) {
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        // What an earlier try would have stored as this version was not stored.
        written.retain(|known| known.version != version);
        if let Some(head) = &head {
            written.retain(|known| known.version != head.version);
            let surplus = (written.len() + 1).saturating_sub(WRITTEN_MAX);
            written.drain(..surplus);
            written.push(head.clone());
        }
        drop(written);
        (self.head, self.noted) = (head.map(Box::new), None);
    }

    /// Returns the hash of the head that is stored before `version` of the entity is written. `None` if no
    /// head is stored.
    pub fn stored_before(&self, version: u64) -> Option<Hash> {
        let head = self.head()?;
        if head.version == version { head.previous } else { Some(head.hash) }
    }
}
