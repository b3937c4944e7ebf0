//! Storage of grants (a user's inventory) and of point ledgers.

use domain::Result;
use domain::ids::UserId;
use domain::points::{Grant, PointEntry};

use crate::item::Range;
use crate::keys::Key;
use crate::schema::{REWARDS, Table};
use crate::{Entity, Saved, Store};

impl Entity for PointEntry {
    const TABLE: &'static Table = &REWARDS;

    fn key(&self) -> Key {
        Key::new(user_partition(&self.user_id), entry_key(self.number))
    }
}

impl Entity for Grant {
    const TABLE: &'static Table = &REWARDS;

    fn key(&self) -> Key {
        Key::new(user_partition(&self.user_id), format!("GRANT#{}", self.id))
    }
}

/// Returns the partition of all items of one user in a table.
pub(crate) fn user_partition(user: &UserId) -> String {
    format!("USER#{user}")
}

fn entry_key(number: u64) -> String {
    format!("POINT#{number:012}")
}

/// Range of ledger entries to read, newest first.
#[derive(Clone, Copy, Debug, Default)]
pub struct Newest {
    /// Number of the first entry to leave out; `None` starts with the newest.
    pub before: Option<u64>,
    /// Maximum number of entries.
    pub limit: usize,
    /// Strong consistency; otherwise the newest entries of about the last second may be missing.
    pub consistent: bool,
}

impl Store {
    /// Reads entries of a user's point ledger, newest first.
    pub async fn point_entries(&self, user: &UserId, newest: Newest) -> Result<Vec<PointEntry>> {
        let (pk, after) = (user_partition(user), newest.before.map(entry_key));
        self.query(Range {
            after: after.as_deref(),
            limit: newest.limit,
            backward: true,
            consistent: newest.consistent,
            ..Range::of(&pk, "POINT#")
        })
        .await
    }

    /// Appends the next entry to the ledger. Returns `Saved::Other` with the entry that has this number
    /// already.
    pub async fn append_points(&self, entry: &PointEntry) -> Result<Saved<PointEntry>> {
        self.create(entry).await
    }

    /// Writes a grant. Returns `Saved::Other` with the grant that has this id already.
    pub async fn create_grant(&self, grant: &Grant) -> Result<Saved<Grant>> {
        self.create(grant).await
    }

    /// Returns whether the grant with the id of `grant` is stored. Strongly consistent.
    pub async fn has_grant(&self, grant: &Grant) -> Result<bool> {
        Ok(self.get::<Grant>(&grant.key()).await?.is_some())
    }

    /// Lists the grants of a user in the order of their ids, which begin with the event's id, behind `after`.
    /// Eventually consistent.
    pub async fn grants(&self, user: &UserId, after: Option<&str>, limit: usize) -> Result<Vec<Grant>> {
        let (pk, after) = (user_partition(user), after.map(|id| format!("GRANT#{id}")));
        self.query(Range { after: after.as_deref(), limit, ..Range::of(&pk, "GRANT#") }).await
    }
}
