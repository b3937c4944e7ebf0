//! Published hourly roots, in one partition in the order of their hours.

use domain::Result;
use domain::audit::{AuditHour, AuditRoot};
use serde::{Deserialize, Serialize};

use crate::item::PartitionRange;
use crate::keys::Key;
use crate::schema::{AUDIT, Table};
use crate::{Entity, Saved, Store};

/// Partition of the roots.
const ROOTS: &str = "ROOTS";

/// Root of an hour, with what has been done with it. The scheduled worker alone writes roots.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RootRecord {
    /// Root itself.
    pub root: AuditRoot,
    /// Whether its domain event is sent.
    #[serde(default)]
    pub published: bool,
    /// Whether entries of the hour were recorded after this root, so that a later one covers them.
    #[serde(default)]
    pub has_late: bool,
    /// Whether the hour's entries are copied into the archive.
    #[serde(default)]
    pub archived: bool,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
}

impl Entity for RootRecord {
    const TABLE: &'static Table = &AUDIT;

    fn key(&self) -> Key {
        Key::new(ROOTS, self.root.hour.to_string())
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }
}

impl Store {
    /// Writes a root: a new one as version 1, or the next version. Returns `Saved::Conflict` with the stored
    /// one when another write came first.
    pub async fn save_audit_root(&self, root: &RootRecord) -> Result<Saved<RootRecord>> {
        if root.version == 1 { self.create(root).await } else { self.save(root).await }
    }

    /// Reads the root of `hour`, strongly consistent. Returns `None` when it is not published.
    pub async fn get_audit_root_if_exists(&self, hour: AuditHour) -> Result<Option<RootRecord>> {
        self.get(&Key::new(ROOTS, hour.to_string())).await
    }

    /// Lists up to `limit` roots of hours before `before`, latest first, strongly consistent.
    pub async fn list_audit_roots(&self, before: Option<AuditHour>, limit: usize) -> Result<Vec<RootRecord>> {
        let before = before.map(|hour| hour.to_string());
        let range = PartitionRange {
            after: before.as_deref(),
            limit,
            backward: true,
            consistent: true,
            ..PartitionRange::of(ROOTS, "")
        };
        self.query(range).await
    }
}
