//! Lists in order of time over a sparse index. The partition keys of a list with many writers are spread over
//! shards, since DynamoDB limits one partition to 1,000 write units a second.

use aws_sdk_dynamodb::types::AttributeValue;
use domain::{Result, Timestamp};
use futures::future::try_join_all;
use serde::{Deserialize, Serialize};

use crate::Store;
use crate::failure::failed;
use crate::item::{Entity, entity};
use crate::keys::{Attributes, Key, ListKey};
use crate::schema::{LIST_INDEX, Table};

/// Number of shards of a list with many writers, which allows 16,000 new entries a second.
pub const SHARDS: u32 = 16;

/// Order in which entries of a list are read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    OldestFirst,
    NewestFirst,
}

/// Maximum number of entries that one read of the index returns. Even with the longest ids they stay below
/// the 1 MB limit of a query.
const INDEX_ENTRIES_AT_ONCE: usize = 2_000;
/// Maximum number of reads of the index for one list, so at most 100,000 entries are returned.
const READS_MAX: usize = 50;

/// List in the list index: its name and its number of shards.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct List {
    /// Prefix of the list's partition keys.
    pub name: String,
    /// Number of shards: 1 or [`SHARDS`].
    pub shards: u32,
}

impl List {
    /// Creates a list of one shard, for at most 1,000 writes a second.
    pub fn single_shard(name: impl Into<String>) -> Self {
        Self { name: name.into(), shards: 1 }
    }

    /// Creates a list of [`SHARDS`] shards, for lists that all users write to.
    pub fn sharded(name: impl Into<String>) -> Self {
        Self { name: name.into(), shards: SHARDS }
    }

    /// Returns the index key of an entry created `at`. The `id` chooses the shard and orders entries of one
    /// millisecond.
    pub fn key(&self, at: Timestamp, id: &str) -> ListKey {
        let shard =
            id.bytes().fold(0u32, |hash, byte| hash.wrapping_mul(31).wrapping_add(byte.into())) % self.shards;
        ListKey { pk: self.shard(shard), sk: position(at, id) }
    }

    pub(crate) fn shard(&self, shard: u32) -> String {
        format!("{}#{shard}", self.name)
    }
}

pub(crate) fn position(at: Timestamp, id: &str) -> String {
    format!("{:013}#{id}", at.as_millis().max(0))
}

/// Range of a list to read. Lists are read from the newest entry to the oldest.
#[derive(Clone, Debug, Default)]
pub struct ListRange {
    /// Earliest time of entries, inclusive.
    pub from: Option<Timestamp>,
    /// Latest time of entries, exclusive.
    pub to: Option<Timestamp>,
    /// Last position of the previous page; the range begins with the next older entry. Takes precedence over
    /// `to`.
    pub after: Option<ListPosition>,
}

/// Sort key of an entry in the list index: the cursor with which the next page begins.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListPosition(pub(crate) String);

impl Store {
    /// Reads up to `limit` entries of `list`, newest first, each with its position.
    pub(crate) async fn list<T: Entity>(
        &self,
        list: &List,
        part: &ListRange,
        limit: usize,
    ) -> Result<Vec<(ListPosition, T)>> {
        let index_entries = self.newest_index_entries::<T>(list, part, limit).await?;
        let index_entries =
            index_entries.into_iter().map(|(place, key)| (ListPosition(place), key)).collect();
        self.entries_at(index_entries).await
    }

    /// Reads the items under the keys of `index_entries`, in the same order, and returns each with the value
    /// that was paired with its key. Deleted items are left out.
    pub(crate) async fn entries_at<P, T: Entity>(&self, index_entries: Vec<(P, Key)>) -> Result<Vec<(P, T)>> {
        let keys: Vec<Key> = index_entries.iter().map(|(_, key)| key.clone()).collect();
        let mut items: Vec<Attributes> = self.get_all_eventual(T::TABLE, &keys).await?;
        let mut entries = Vec::with_capacity(index_entries.len());
        for (place, key) in index_entries {
            let found = items.iter().position(|item| Key::of(item).as_ref() == Some(&key));
            // The index can be ahead of the eventually consistent read of the items. Such an item is read
            // consistently, so that a page shorter than `limit` is always the last one.
            let entry = match found {
                Some(index) => Some(entity(items.swap_remove(index))?),
                None => self.get(&key).await?,
            };
            entries.extend(entry.map(|entry| (place, entry)));
        }
        Ok(entries)
    }

    /// Returns the index entries of `list`, newest first and at most 100,000, each as its position and the
    /// key of its item. Reads only the index, so a filter over values that are part of the position needs no
    /// read of the items.
    pub(crate) async fn index_entries<T: Entity>(&self, list: &List) -> Result<Vec<(String, Key)>> {
        let (mut all, mut part) = (Vec::new(), ListRange::default());
        for _ in 0..READS_MAX {
            let index_entries = self.newest_index_entries::<T>(list, &part, INDEX_ENTRIES_AT_ONCE).await?;
            let is_last = index_entries.len() < INDEX_ENTRIES_AT_ONCE;
            part.after = index_entries.last().map(|(place, _)| ListPosition(place.clone()));
            all.extend(index_entries);
            if is_last {
                break;
            }
        }
        Ok(all)
    }

    /// Returns up to `limit` index entries of `list` in the range `part`, newest first, each as its position
    /// and the key of its item.
    pub(crate) async fn newest_index_entries<T: Entity>(
        &self,
        list: &List,
        part: &ListRange,
        limit: usize,
    ) -> Result<Vec<(String, Key)>> {
        self.newest_index_entries_in(T::TABLE, list, part, limit).await
    }

    /// Returns up to `limit` index entries of `list`, whose items are in `table`, like
    /// [`Self::newest_index_entries`].
    pub(crate) async fn newest_index_entries_in(
        &self,
        table: &Table,
        list: &List,
        part: &ListRange,
        limit: usize,
    ) -> Result<Vec<(String, Key)>> {
        let shards = (0..list.shards)
            .map(|shard| self.shard_entries(table, list.shard(shard), part, (limit, Order::NewestFirst)));
        let mut index_entries: Vec<(String, Key)> =
            try_join_all(shards).await?.into_iter().flatten().collect();
        index_entries.sort_by(|one, other| other.0.cmp(&one.0));
        index_entries.truncate(limit);
        Ok(index_entries)
    }

    /// Returns the index entries of `list` up to the time `now`, each as its position and the key of its item,
    /// oldest first in each shard, of which each adds up to `limit`. Eventually consistent.
    pub(crate) async fn due_index_entries(
        &self,
        table: &Table,
        list: &List,
        now: Timestamp,
        limit: usize,
    ) -> Result<Vec<(String, Key)>> {
        let shards =
            (0..list.shards).map(|shard| {
                let part = ListRange {
                    to: Some(Timestamp::from_millis(now.as_millis() + 1)),
                    ..ListRange::default()
                };
                async move {
                    self.shard_entries(table, list.shard(shard), &part, (limit, Order::OldestFirst)).await
                }
            });
        Ok(try_join_all(shards).await?.into_iter().flatten().collect())
    }

    async fn shard_entries(
        &self,
        table: &Table,
        pk: String,
        part: &ListRange,
        (limit, order): (usize, Order),
    ) -> Result<Vec<(String, Key)>> {
        let low = part.from.map_or_else(String::new, |from| position(from, ""));
        let high = match (&part.after, part.to) {
            (Some(ListPosition(after)), _) => after.clone(),
            (None, Some(to)) => position(to, ""),
            (None, None) => "~".to_owned(),
        };
        // DynamoDB rejects an empty string as a key value, and no position sorts below "0".
        let low = if low.is_empty() { "0".to_owned() } else { low };
        if high <= low {
            return Ok(Vec::new());
        }
        let output = self
            .dynamo
            .query()
            .table_name(self.names.table(table)?)
            .index_name(LIST_INDEX)
            .key_condition_expression("list_pk = :pk AND list_sk BETWEEN :low AND :high")
            .expression_attribute_values(":pk", AttributeValue::S(pk))
            .expression_attribute_values(":low", AttributeValue::S(low))
            .expression_attribute_values(":high", AttributeValue::S(high.clone()))
            .scan_index_forward(order == Order::OldestFirst)
            // One more than the limit: BETWEEN includes `high`, which is dropped below.
            .limit(i32::try_from(limit + 1).unwrap_or(i32::MAX))
            .send()
            .await
            .map_err(failed)?;
        let items = output.items.unwrap_or_default();
        let index_entries = items.iter().filter_map(|item| {
            let place = item.get("list_sk")?.as_s().ok()?;
            Some((place.clone(), Key::of(item)?))
        });
        Ok(index_entries.filter(|(place, _)| *place < high).collect())
    }
}
