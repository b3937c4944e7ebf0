//! Read cache of a function instance, so that requests within about a second share one read. The reader of an
//! entry says how old it may be: mostly a second, up to an hour for facts that do not change.

use std::collections::{BTreeSet, HashMap};
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use domain::concerts::{Concert, ConcertDate, Date, SeatBlock};
use domain::ids::{CampaignId, ConcertId, DealId, QueueId, UserId};
use domain::live::{LiveChannel, LiveTopic, TopicState};
use domain::stock::{SoldOutIndex, StockKind};
use domain::waiting_room::{CountingBlock, WaitingRoom};
use domain::{Quantity, Result, Timestamp};

use crate::campaigns::CampaignWithOffers;
use crate::deals::{DealNow, ListedDeal};

/// Number of entries of one cache before it is cleared. An instance serves a few events at a time.
const ENTRIES_MAX: usize = 256;

/// Caches of one store, one field for each kind of cached value.
#[derive(Default)]
pub struct ReadCache {
    pub campaigns: Cache<CampaignId, Arc<CampaignWithOffers>>,
    pub concerts: Cache<ConcertId, Arc<Concert>>,
    pub dates: Cache<(ConcertId, Date), Arc<ConcertDate>>,
    /// Concert dates of which all seats are sold.
    pub sold_out: Cache<(ConcertId, Date), ()>,
    /// Seat blocks, by partition key. A date of 2,000 seats has 167.
    pub blocks: Cache<String, SeatBlock, 4096>,
    /// Users known to have an account. Accounts are never deleted, so an entry cannot become wrong.
    pub accounts: Cache<UserId, (), 4096>,
    pub sold_out_indexes: Cache<(StockKind, String), SoldOutIndex>,
    pub rooms: Cache<QueueId, Arc<WaitingRoom>>,
    /// Waiting rooms for which this instance has sent a message to the worker `run_rooms` within the last
    /// minute.
    pub woken: Cache<QueueId, ()>,
    /// Counting blocks, by waiting room and number. Clients' number of users ahead is computed from them.
    pub counting_blocks: Cache<(QueueId, u64), Arc<CountingBlock>>,
    pub deals: Cache<DealId, Arc<DealNow>>,
    /// Time up to which the previous version of dibs counted the units of a deal; `None` if it did not count
    /// them.
    pub counted_before: Cache<DealId, Timestamp>,
    /// Lists of all deals, without past ones under the key `false` and with them under `true`.
    pub all_deals: Cache<bool, Arc<Vec<ListedDeal>>>,
    /// Remaining units of a bucket, by stock id and bucket number. A deal of 100,000 units has 8,334 buckets.
    pub units_left: Cache<(String, u32), Quantity, 16_384>,
    /// Remaining units of a stock over all of its buckets.
    pub totals: Cache<(StockKind, String), Quantity>,
    /// Channels of live updates that have subscribers.
    pub channels: Cache<(), Arc<BTreeSet<LiveChannel>>>,
    /// Numbers of subscribers, by the text of the topic.
    pub subscribers: Cache<String, usize>,
    pub topic_states: Cache<LiveTopic, Arc<TopicState>>,
}

/// Cached values by key, each with the time at which it was read. `None` in place of a value records that the
/// item was missing.
pub struct Cache<K, V, const MAX: usize = ENTRIES_MAX>(Mutex<HashMap<K, (Timestamp, Option<V>)>>);

impl<K, V, const MAX: usize> Default for Cache<K, V, MAX> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq + Clone, V: Clone, const MAX: usize> Cache<K, V, MAX> {
    /// Returns the value under `key` if it was read less than `fresh_for_ms` before `now`.
    pub fn get(&self, key: &K, now: Timestamp, fresh_for_ms: i64) -> Option<Option<V>> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, value) = entries.get(key)?;
        (now.as_millis() - at.as_millis() < fresh_for_ms).then(|| value.clone())
    }

    /// Stores `value` as read at `at`. Clears the whole cache first when it is full.
    pub fn put(&self, key: K, at: Timestamp, value: Option<V>) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX {
            entries.clear();
        }
        entries.insert(key, (at, value));
    }

    /// Removes the entry of `key`, after this instance has written a newer value.
    pub fn forget(&self, key: &K) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// Applies `change` to the value under `key`, if there is one. The value does not count as read anew.
    pub fn change(&self, key: &K, change: impl FnOnce(&mut V)) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, Some(value))) = entries.get_mut(key) {
            change(value);
        }
    }
}

impl<K: Hash + Eq + Clone, V, const MAX: usize> Cache<K, Arc<V>, MAX> {
    /// Returns the value under `key`. Calls `read` unless a value that is younger than `fresh_for_ms` is
    /// cached. `None` is not cached, so an item that was just created is found.
    pub async fn get_or_read<Fut>(
        &self,
        key: &K,
        now: Timestamp,
        fresh_for_ms: i64,
        read: impl FnOnce() -> Fut,
    ) -> Result<Option<Arc<V>>>
    where
        Fut: Future<Output = Result<Option<V>>>,
    {
        if let Some(known) = self.get(key, now, fresh_for_ms) {
            return Ok(known);
        }
        let value = read().await?.map(Arc::new);
        if value.is_some() {
            self.put(key.clone(), now, value.clone());
        }
        Ok(value)
    }
}
