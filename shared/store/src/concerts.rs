//! Storage of concerts and their dates, one partition a concert. Seats and reservations have partitions of
//! their own.

mod reservations;
mod seats;

pub(crate) use reservations::{RESERVATION, key as reservation_key};
pub use seats::HoldOutcome;
pub(crate) use seats::SEATS;

use std::sync::Arc;

use domain::concerts::{Concert, ConcertDate, Date};
use domain::ids::ConcertId;
use domain::{Error, Result, Timestamp};

use crate::author::SealedEntity;
use crate::item::PartitionRange;
use crate::keys::Key;
use crate::keys::ListKey;
use crate::list::{List, ListPosition, ListRange};
use crate::schema::{CONCERTS, Table};
use crate::{Entity, Saved, Store};

/// Maximum age, in milliseconds, of a cached concert or date that decides whether a reservation is accepted.
const FRESH_FOR_MS: i64 = 1000;

impl Entity for Concert {
    const TABLE: &'static Table = &CONCERTS;

    fn key(&self) -> Key {
        concert_key(&self.id)
    }

    fn list_key(&self) -> Option<ListKey> {
        Some(concerts().key(self.created_at, self.id.as_str()))
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn sealed(&self) -> Option<SealedEntity<Self>> {
        Some(SealedEntity::of(self))
    }
}

impl Entity for ConcertDate {
    const TABLE: &'static Table = &CONCERTS;

    fn key(&self) -> Key {
        date_key(&self.concert_id, self.date)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn sealed(&self) -> Option<SealedEntity<Self>> {
        Some(SealedEntity::of(self))
    }
}

fn partition(concert: &ConcertId) -> String {
    format!("CONCERT#{concert}")
}

pub(crate) fn concert_key(id: &ConcertId) -> Key {
    Key::new(partition(id), "CONCERT")
}

pub(crate) fn date_key(concert: &ConcertId, date: Date) -> Key {
    Key::new(partition(concert), date_sort_key(date))
}

fn date_sort_key(date: Date) -> String {
    format!("DATE#{date}")
}

/// Returns the list of concerts. Only operators write to it, so one shard suffices.
fn concerts() -> List {
    List::single_shard("CONCERTS")
}

impl Store {
    /// Reads a concert, strongly consistent.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn get_concert(&self, id: &ConcertId) -> Result<Concert> {
        self.get(&concert_key(id)).await?.ok_or_else(no_concert)
    }

    /// Returns a concert from the cache, at most a second old. An instance reads it about once a second.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn get_concert_cached(&self, id: &ConcertId, now: Timestamp) -> Result<Arc<Concert>> {
        let key = concert_key(id);
        let read = || self.get_eventual(&key);
        self.cache.concerts.get_or_read(id, now, FRESH_FOR_MS, read).await?.ok_or_else(no_concert)
    }

    /// Returns a date of a concert from the cache, at most a second old. An instance reads it about once a
    /// second.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn get_date_cached(
        &self,
        concert: &ConcertId,
        date: Date,
        now: Timestamp,
    ) -> Result<Arc<ConcertDate>> {
        let key = date_key(concert, date);
        let (known_as, read) = ((concert.clone(), date), || self.get_eventual(&key));
        let found = self.cache.dates.get_or_read(&known_as, now, FRESH_FOR_MS, read).await?;
        found.ok_or_else(|| Error::not_found("date of this concert"))
    }

    /// Writes a new concert. Returns `Saved::Conflict` with the concert that has this id already.
    pub async fn create_concert(&self, concert: &Concert) -> Result<Saved<Concert>> {
        self.create(concert).await
    }

    /// Writes a new date. Returns `Saved::Conflict` with the date that the concert has on this day already.
    pub async fn create_date(&self, date: &ConcertDate) -> Result<Saved<ConcertDate>> {
        self.create(date).await
    }

    /// Lists concerts, newest first.
    pub async fn list_concerts(
        &self,
        part: &ListRange,
        limit: usize,
    ) -> Result<Vec<(ListPosition, Concert)>> {
        self.list(&concerts(), part, limit).await
    }

    /// Lists up to `limit` dates of a concert in order of time, later than `after`, eventually consistent.
    pub async fn dates(
        &self,
        concert: &ConcertId,
        after: Option<Date>,
        limit: usize,
    ) -> Result<Vec<ConcertDate>> {
        let (pk, after) = (partition(concert), after.map(date_sort_key));
        self.query(PartitionRange { after: after.as_deref(), limit, ..PartitionRange::of(&pk, "DATE#") })
            .await
    }
}

fn no_concert() -> Error {
    Error::not_found("concert")
}
