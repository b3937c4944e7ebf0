//! Storage of reservations, in the partition of their owner.

use domain::concerts::Reservation;
use domain::ids::{ReservationId, UserId};
use domain::{Error, Result};

use super::seats;
use crate::author::SealedEntity;
use crate::item::PartitionRange;
use crate::keys::Key;
use crate::points::user_partition;
use crate::schema::{CONCERTS, Table};
use crate::transaction::Transaction;
use crate::{Entity, Saved, Store};

/// Prefix of the sort keys of reservations.
pub const RESERVATION: &str = "RESERVATION#";

impl Entity for Reservation {
    const TABLE: &'static Table = &CONCERTS;

    fn key(&self) -> Key {
        key(&self.id)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }

    fn sealed(&self) -> Option<SealedEntity<Self>> {
        Some(SealedEntity::of(self))
    }
}

pub(crate) fn key(id: &ReservationId) -> Key {
    Key::new(user_partition(id.owner()), sort_key(id.name()))
}

fn sort_key(name: &str) -> String {
    format!("{RESERVATION}{name}")
}

impl Store {
    /// Reads a reservation, strongly consistent.
    ///
    /// # Errors
    /// `NOT_FOUND` when it does not exist.
    pub async fn get_reservation(&self, id: &ReservationId) -> Result<Reservation> {
        self.get_reservation_if_exists(id).await?.ok_or_else(|| Error::not_found("reservation"))
    }

    /// Reads a reservation, strongly consistent. Returns `None` when it does not exist.
    pub async fn get_reservation_if_exists(&self, id: &ReservationId) -> Result<Option<Reservation>> {
        self.get(&key(id)).await
    }

    /// Reads a reservation, eventually consistent. For callers whose later conditional write fails if the
    /// reservation is outdated.
    pub async fn get_reservation_eventual(&self, id: &ReservationId) -> Result<Option<Reservation>> {
        self.get_eventual(&key(id)).await
    }

    /// Lists up to `limit` reservations of a user in descending order of their ids, below the id `after`,
    /// eventually consistent.
    pub async fn list_reservations_eventual(
        &self,
        user: &UserId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Reservation>> {
        let (pk, after) = (user_partition(user), after.map(sort_key));
        let range = PartitionRange {
            after: after.as_deref(),
            limit,
            backward: true,
            ..PartitionRange::of(&pk, RESERVATION)
        };
        self.query(range).await
    }

    /// Writes a new reservation. Returns `Saved::Conflict` with the reservation that has this id already.
    pub async fn create_reservation(&self, reservation: &Reservation) -> Result<Saved<Reservation>> {
        self.create(reservation).await
    }

    /// Releases the seats of a reservation and then writes its next version, `ended`, which is canceled or
    /// expired. Returns `Saved::Conflict` with the stored reservation when the seats are sold or another
    /// write came first. A repeat after a crash between the two writes completes the second.
    pub async fn end_reservation(&self, ended: &Reservation) -> Result<Saved<Reservation>> {
        // The seats are released first, because they decide: a seat that is free again cannot be paid.
        if self.release_seats(&ended.concert_id, ended.date, &ended.hold(), &ended.indexes).await? {
            return self.save(ended).await;
        }
        Ok(Saved::Conflict(self.get_reservation_if_exists(&ended.id).await?.map(Box::new)))
    }
}

impl Transaction<'_> {
    /// Adds the save of `paid`, the next version of a reservation, and then the sale of its seats, one update
    /// for each seat block in order. The updates fail when a seat is no longer held for the reservation.
    pub fn sell(self, paid: &Reservation) -> Result<Self> {
        let mut transaction = self.save(paid)?;
        for (key, indexes) in seats::blocks(paid) {
            transaction = transaction.update(&CONCERTS, &key, seats::sell(paid, &indexes))?;
        }
        Ok(transaction)
    }
}
