//! Reservations, in the partition of whose they are.

use domain::concerts::Reservation;
use domain::ids::{ReservationId, UserId};
use domain::{Error, Result};

use super::seats;
use crate::item::Range;
use crate::keys::Key;
use crate::points::user_partition;
use crate::schema::{CONCERTS, Table};
use crate::transaction::Transaction;
use crate::{Entity, Saved, Store};

/// What the sort keys of reservations begin with.
pub const RESERVATION: &str = "RESERVATION#";

impl Entity for Reservation {
    const TABLE: &'static Table = &CONCERTS;

    fn key(&self) -> Key {
        key(&self.id)
    }

    fn version(&self) -> Option<u64> {
        Some(self.version)
    }
}

fn key(id: &ReservationId) -> Key {
    Key::new(user_partition(id.owner()), sort_key(id.name()))
}

fn sort_key(name: &str) -> String {
    format!("{RESERVATION}{name}")
}

impl Store {
    /// A reservation as it is.
    ///
    /// # Errors
    /// `NOT_FOUND` when there is none.
    pub async fn reservation(&self, id: &ReservationId) -> Result<Reservation> {
        self.find_reservation(id).await?.ok_or_else(|| Error::not_found("reservation"))
    }

    /// A reservation as it is, if there is one.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn find_reservation(&self, id: &ReservationId) -> Result<Option<Reservation>> {
        self.get(&key(id)).await
    }

    /// A reservation as it was within the last second or so: enough to start from where a write decides.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn peek_reservation(&self, id: &ReservationId) -> Result<Option<Reservation>> {
        self.peek(&key(id)).await
    }

    /// The reservations of a user behind the one called `after`, the last names first.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn reservations_of(
        &self,
        user: &UserId,
        after: Option<&str>,
        limit: usize,
    ) -> Result<Vec<Reservation>> {
        let (pk, after) = (user_partition(user), after.map(sort_key));
        let range = Range { after: after.as_deref(), limit, backward: true, ..Range::of(&pk, RESERVATION) };
        self.query(range).await
    }

    /// Writes a new reservation. `Saved::Other` is the one that has this id already.
    ///
    /// # Errors
    /// Only those of the store.
    pub async fn create_reservation(&self, reservation: &Reservation) -> Result<Saved<Reservation>> {
        self.create(reservation).await
    }

    /// Gives back the seats of a reservation and writes its next version, `ended`. `Saved::Other` is what is
    /// there instead, paid perhaps.
    ///
    /// # Errors
    /// Only those of the store; a repeat finishes what was begun.
    pub async fn end_reservation(&self, ended: &Reservation) -> Result<Saved<Reservation>> {
        // The seats decide, so they go first: what is free again cannot be paid any more.
        if self.release_seats(&ended.concert_id, ended.date, &ended.hold(), &ended.indexes).await? {
            return self.save(ended).await;
        }
        Ok(Saved::Other(self.find_reservation(&ended.id).await?.map(Box::new)))
    }
}

impl Transaction<'_> {
    /// Adds that `paid`, the next version of a reservation, is paid and its seats are sold: one save, and
    /// then one update for each of its blocks, in their order. Those fail when a seat is not held for it any
    /// more.
    pub fn sell(self, paid: &Reservation) -> Result<Self> {
        let mut transaction = self.save(paid)?;
        for (key, indexes) in seats::blocks(paid) {
            transaction = transaction.update(&CONCERTS, &key, seats::sell(paid, &indexes))?;
        }
        Ok(transaction)
    }
}
