//! Storage of grants (a user's inventory) and of point ledgers.

use domain::Result;
use domain::ids::UserId;
use domain::points::{Grant, PointEntry};

use crate::item::PartitionRange;
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
pub struct LedgerRange {
    /// Number of an entry: only entries with lower numbers are read. `None` begins with the newest entry.
    pub before: Option<u64>,
    /// Maximum number of entries.
    pub limit: usize,
    /// Whether the read is strongly consistent. If not, entries of about the last second may be missing.
    pub consistent: bool,
}

impl Store {
    /// Reads entries of a user's point ledger, newest first.
    pub async fn list_point_entries(&self, user: &UserId, newest: LedgerRange) -> Result<Vec<PointEntry>> {
        let (pk, after) = (user_partition(user), newest.before.map(entry_key));
        self.query(PartitionRange {
            after: after.as_deref(),
            limit: newest.limit,
            backward: true,
            consistent: newest.consistent,
            ..PartitionRange::of(&pk, "POINT#")
        })
        .await
    }

    /// Appends the next entry to a user's point ledger. Returns `Saved::Conflict` with the entry that has
    /// this number already.
    pub async fn append_point_entry(&self, entry: &PointEntry) -> Result<Saved<PointEntry>> {
        self.create(entry).await
    }

    /// Writes a new grant, or the record that it is withheld (`Grant::withheld`). Returns `Saved::Conflict`
    /// with the grant or record that is stored under this id already.
    pub async fn create_grant(&self, grant: &Grant) -> Result<Saved<Grant>> {
        self.create(grant).await
    }

    /// Replaces the record that a grant is withheld since version `withheld` of its claim, by the grant or a
    /// newer record. Returns `Saved::Conflict` with the stored item when it is another one.
    pub async fn replace_withheld(&self, grant: &Grant, withheld: u64) -> Result<Saved<Grant>> {
        self.put(grant, Some(("withheld", withheld))).await
    }

    /// Lists up to `limit` grants of a user in the order of their ids, after the id `after`, eventually
    /// consistent. Leaves out records of withheld grants.
    pub async fn grants(&self, user: &UserId, after: Option<&str>, limit: usize) -> Result<Vec<Grant>> {
        let (pk, mut after) = (user_partition(user), after.map(|id| format!("GRANT#{id}")));
        let mut grants: Vec<Grant> = Vec::new();
        loop {
            let wanted = limit - grants.len();
            let range = PartitionRange {
                after: after.as_deref(),
                limit: wanted,
                ..PartitionRange::of(&pk, "GRANT#")
            };
            let found: Vec<Grant> = self.query(range).await?;
            let is_last = found.len() < wanted;
            after = found.last().map(|grant| format!("GRANT#{}", grant.id));
            grants.extend(found.into_iter().filter(|grant| grant.withheld.is_none()));
            if is_last || grants.len() == limit {
                return Ok(grants);
            }
        }
    }

    /// Lists up to `limit` entries of a user's point ledger below the number `before`, newest first, strongly
    /// consistent. Leaves out entries of withheld grants, which add no points.
    pub async fn list_points_added(
        &self,
        user: &UserId,
        mut before: Option<u64>,
        limit: usize,
    ) -> Result<Vec<PointEntry>> {
        let mut added: Vec<PointEntry> = Vec::new();
        loop {
            let newest = LedgerRange { before, limit: limit - added.len(), consistent: true };
            let found = self.list_point_entries(user, newest).await?;
            let is_last = found.len() < newest.limit;
            before = found.last().map(|entry| entry.number);
            added.extend(found.into_iter().filter(|entry| entry.withheld.is_none()));
            if is_last || added.len() == limit {
                return Ok(added);
            }
        }
    }
}
