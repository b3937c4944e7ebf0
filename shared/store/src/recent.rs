//! What a function instance remembers for about a second, so that what everybody reads is read once.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use domain::concerts::{Block, Concert, ConcertDate, Date};
use domain::ids::{CampaignId, ConcertId, DealId, QueueId, UserId};
use domain::queue::{self, Room};
use domain::stock::{Hint, Home};
use domain::{Result, Timestamp};

use crate::campaigns::CampaignWithOffers;
use crate::deals::{AllDeals, DealNow};

/// How many entries one kind may have before it is emptied; an instance works on a few campaigns at a time.
const ENTRIES_MAX: usize = 256;

/// Everything that is remembered.
#[derive(Default)]
pub struct Recent {
    pub campaigns: Cache<CampaignId, Arc<CampaignWithOffers>>,
    pub concerts: Cache<ConcertId, Arc<Concert>>,
    pub dates: Cache<(ConcertId, Date), Arc<ConcertDate>>,
    /// Of which all seats are sold.
    pub sold_out: Cache<(ConcertId, Date), ()>,
    /// A large hall has 167.
    pub blocks: Cache<String, Block, 4096>,
    /// Accounts that were seen: one that exists is never deleted.
    pub accounts: Cache<UserId, (), 4096>,
    pub hints: Cache<(Home, String), Hint>,
    pub rooms: Cache<QueueId, Arc<Room>>,
    /// Rooms that were woken because somebody asks for their position.
    pub woken: Cache<QueueId, ()>,
    /// What is counted of blocks in which people have left.
    pub line_blocks: Cache<(QueueId, u64), Arc<queue::Block>>,
    pub deals: Cache<DealId, Arc<DealNow>>,
    /// Without the past ones, and with them.
    pub all_deals: Cache<bool, Arc<AllDeals>>,
    /// How many units are left of a bucket; a large deal has 8,334.
    pub units_left: Cache<(String, u32), u32, 16_384>,
    /// How many units a stock had in all, when that was asked.
    pub totals: Cache<(Home, String), u32>,
}

/// Values and when they were read.
pub struct Cache<K, V, const MAX: usize = ENTRIES_MAX>(Mutex<HashMap<K, (Timestamp, Option<V>)>>);

impl<K, V, const MAX: usize> Default for Cache<K, V, MAX> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<K: Hash + Eq + Clone, V: Clone, const MAX: usize> Cache<K, V, MAX> {
    /// The value under `key` if it was put in less than `fresh_for_ms` before `now`.
    pub fn get(&self, key: &K, now: Timestamp, fresh_for_ms: i64) -> Option<Option<V>> {
        let entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (at, value) = entries.get(key)?;
        (now.as_millis() - at.as_millis() < fresh_for_ms).then(|| value.clone())
    }

    /// Remembers `value` as read at `at`.
    pub fn put(&self, key: K, at: Timestamp, value: Option<V>) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX {
            entries.clear();
        }
        entries.insert(key, (at, value));
    }

    /// Forgets what is remembered under `key`: this instance has just written something else.
    pub fn forget(&self, key: &K) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(key);
    }

    /// Changes what is remembered under `key`, if anything is.
    pub fn change(&self, key: &K, change: impl FnOnce(&mut V)) {
        let mut entries = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, Some(value))) = entries.get_mut(key) {
            change(value);
        }
    }
}

impl<K: Hash + Eq + Clone, V, const MAX: usize> Cache<K, Arc<V>, MAX> {
    /// The value under `key`, read by `read` unless it is fresh. That there is none is not remembered: what
    /// was just made must be found.
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
