//! Grants: the inventory, and the chain of a user's points.

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

/// Everything of one user in the table of rewards.
pub(crate) fn user_partition(user: &UserId) -> String {
    format!("USER#{user}")
}

fn entry_key(number: u64) -> String {
    format!("POINT#{number:012}")
}

/// Which entries of a ledger to read.
#[derive(Clone, Copy, Debug, Default)]
pub struct Newest {
    /// Only entries before this number.
    pub before: Option<u64>,
    /// How many.
    pub limit: usize,
    /// As they are, instead of as they were within the last second.
    pub consistent: bool,
}

impl Store {
    /// Entries of the ledger of points, newest first.
    ///
    /// # Errors
    /// Only those of the store.
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

    /// Writes the next entry of the chain. `Saved::Other` is the entry that has this number already.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn append_points(&self, entry: &PointEntry) -> Result<Saved<PointEntry>> {
        self.create(entry).await
    }

    /// Writes a grant. `Saved::Other` is the same grant, written by somebody else before.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn create_grant(&self, grant: &Grant) -> Result<Saved<Grant>> {
        self.create(grant).await
    }

    /// What was granted to a user, in the order of campaigns, behind `after`.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn grants(&self, user: &UserId, after: Option<&str>, limit: usize) -> Result<Vec<Grant>> {
        let (pk, after) = (user_partition(user), after.map(|id| format!("GRANT#{id}")));
        self.query(Range { after: after.as_deref(), limit, ..Range::of(&pk, "GRANT#") }).await
    }
}
