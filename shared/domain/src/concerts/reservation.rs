//! Reservations: seats that are held for a user until payment or expiry.
//!
//! The seat blocks decide who has a seat (see [`SeatBlock`](super::SeatBlock)). The reservation records
//! price, payment and outcome. Each held seat stores the reservation id and the expiry of the hold, so a late
//! payment or release cannot affect a seat that has passed to another reservation.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::seats::blocks_of;
use super::{Concert, Date, Seat, SeatName, SeatState};
use crate::ids::{ConcertId, PaymentId, ReservationId};
use crate::time::millis;
use crate::trail::Trail;
use crate::waiting_room::PositionKey;
use crate::{Code, Error, Money, Result, Timestamp};

/// Maximum number of seats per reservation.
pub const SEATS_OF_ONE_MAX: usize = 4;

/// Status of a reservation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(inline)]
pub enum ReservationStatus {
    /// Seats are held and can be paid.
    Held,
    /// Seats are paid and sold.
    Paid,
    /// Reservation was canceled before payment.
    Canceled,
    /// Reservation was not paid in time.
    Expired,
}

/// Reservation of one to four seats of a date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reservation {
    /// Id of the reservation, which contains its owner.
    pub id: ReservationId,
    /// Concert for which seats are reserved.
    pub concert_id: ConcertId,
    /// Date of the concert, as a day in its time zone.
    pub date: Date,
    /// Names of the seats, 1 to [`SEATS_OF_ONE_MAX`] of them.
    pub seats: Vec<SeatName>,
    /// Indexes of the seats in the layout of the date, in the order of `seats`.
    pub indexes: Vec<u32>,
    /// Total price of the seats in whole units of the currency.
    pub amount: Money,
    /// Stored status. [`Reservation::status_at`] also takes the expiry into account.
    pub status: ReservationStatus,
    /// Expiry of the hold of the seats, in UTC. The reservation can be paid before this time.
    #[serde(with = "millis")]
    pub held_until: Timestamp,
    /// Time of creation, in UTC.
    #[serde(with = "millis")]
    pub created_at: Timestamp,
    /// Time of the payment; `None` while it is unpaid.
    #[serde(default, with = "millis::option")]
    pub paid_at: Option<Timestamp>,
    /// Time of the cancellation; `None` if it was not canceled.
    #[serde(default, with = "millis::option")]
    pub canceled_at: Option<Timestamp>,
    /// Time at which a worker recorded that the hold has expired, later than `held_until`; `None` if that is
    /// not recorded.
    #[serde(default, with = "millis::option")]
    pub expired_at: Option<Timestamp>,
    /// Position in the waiting room with which the user was admitted; `None` if none was required.
    #[serde(rename = "place", default)]
    pub queue_position: Option<PositionKey>,
    /// Payment that paid for the reservation. `None` while it is unpaid.
    #[serde(default)]
    pub payment: Option<PaymentId>,
    /// Request fingerprint of the creation, for idempotency checks; `None` without an `Idempotency-Key`.
    #[serde(default, rename = "mark")]
    pub request_fingerprint: Option<String>,
    /// Version for optimistic locking; rises by one with every write.
    pub version: u64,
    /// Head of the chain of audit entries.
    #[serde(default, skip_serializing_if = "Trail::is_empty")]
    pub trail: Trail,
}

/// Parameters of a new reservation that do not concern its seats.
#[derive(Clone, Debug)]
pub struct Reserver {
    /// Id that the new reservation receives.
    pub id: ReservationId,
    /// Position in the waiting room with which the user was admitted; `None` if none was required.
    pub queue_position: Option<PositionKey>,
    /// Request fingerprint, for idempotency checks; `None` without an `Idempotency-Key`.
    pub request_fingerprint: Option<String>,
}

impl Reservation {
    /// Creates a reservation of `seats` that is held from `now` for the concert's hold duration.
    pub fn of(reserver: Reserver, concert: &Concert, date: Date, seats: &[Seat<'_>], now: Timestamp) -> Self {
        Self {
            trail: Trail::default(),
            id: reserver.id,
            concert_id: concert.id.clone(),
            date,
            seats: seats.iter().map(|seat| seat.name.clone()).collect(),
            indexes: seats.iter().map(|seat| seat.index).collect(),
            amount: seats.iter().map(|seat| Money(seat.price)).sum(),
            status: ReservationStatus::Held,
            held_until: now.plus_seconds(concert.hold_seconds.into()),
            created_at: now,
            paid_at: None,
            canceled_at: None,
            expired_at: None,
            queue_position: reserver.queue_position,
            payment: None,
            request_fingerprint: reserver.request_fingerprint,
            version: 1,
        }
    }

    /// Returns the status at `now`. A held reservation counts as `Expired` from `held_until` on, even if that
    /// is not recorded yet.
    pub fn status_at(&self, now: Timestamp) -> ReservationStatus {
        if self.is_overdue(now) { ReservationStatus::Expired } else { self.status }
    }

    /// Returns the indexes of the reserved seats, grouped by the number of their seat block.
    pub fn blocks(&self) -> BTreeMap<u32, Vec<u32>> {
        blocks_of(self.indexes.iter().copied())
    }

    /// Returns the state that each reserved seat has while it is held.
    pub fn hold(&self) -> SeatState {
        SeatState::Held { until: self.held_until, by: self.id.clone() }
    }

    /// Returns the state that each reserved seat has once it is paid.
    pub fn sale(&self) -> SeatState {
        SeatState::Sold { to: self.id.clone() }
    }

    /// Returns the next version, paid by `payment`.
    ///
    /// # Errors
    /// `ALREADY_PAID` if the reservation is paid, `HOLD_EXPIRED` if it was canceled or its hold has expired.
    pub fn pay(&self, payment: PaymentId, now: Timestamp) -> Result<Self> {
        match self.status_at(now) {
            ReservationStatus::Held => Ok(Self {
                status: ReservationStatus::Paid,
                paid_at: Some(now),
                payment: Some(payment),
                version: self.version + 1,
                ..self.clone()
            }),
            ReservationStatus::Paid => Err(Error::refused(
                Code::AlreadyPaid,
                "This reservation is paid already; details names the payment.",
            )
            .with_details(serde_json::json!({"payment_id": self.payment}))),
            ReservationStatus::Canceled | ReservationStatus::Expired => Err(Error::refused(
                Code::HoldExpired,
                "The hold of this reservation has ended; reserve seats again.",
            )
            .with_details(serde_json::json!({"status": self.status_at(now), "expires_at": self.held_until}))),
        }
    }

    /// Returns the next version, canceled at `now`.
    ///
    /// # Errors
    /// `ALREADY_CANCELED` if the reservation is canceled, `CANNOT_CANCEL` if it is paid or its hold has
    /// expired.
    pub fn cancel(&self, now: Timestamp) -> Result<Self> {
        let status = self.status_at(now);
        match status {
            ReservationStatus::Held => Ok(Self {
                status: ReservationStatus::Canceled,
                canceled_at: Some(now),
                version: self.version + 1,
                ..self.clone()
            }),
            ReservationStatus::Canceled => Err(Error::refused(
                Code::AlreadyCanceled,
                "This reservation is canceled already; nothing is left to do.",
            )),
            ReservationStatus::Paid | ReservationStatus::Expired => Err(Error::refused(
                Code::CannotCancel,
                "Only an unpaid reservation that has not expired can be canceled.",
            )
            .with_details(serde_json::json!({"status": status}))),
        }
    }

    /// Returns the next version with status `Expired`, or the same version if the reservation is not overdue
    /// at `now`.
    #[must_use]
    pub fn expire(&self, now: Timestamp) -> Self {
        if !self.is_overdue(now) {
            return self.clone();
        }
        Self {
            status: ReservationStatus::Expired,
            expired_at: Some(now),
            version: self.version + 1,
            ..self.clone()
        }
    }

    /// Returns `true` if the stored status is `Held` although the hold has expired at `now`.
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.status == ReservationStatus::Held && self.held_until <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::UserId;
    use assertions::assert_each_eq;
    use proptest::prelude::*;

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millis(ms)
    }

    fn held() -> Reservation {
        Reservation {
            trail: Trail::default(),
            id: ReservationId::new(UserId::new("1"), "1"),
            concert_id: ConcertId::new("1"),
            date: Date::parse("2026-12-24").unwrap(),
            seats: vec![serde_json::from_str("11").unwrap(), serde_json::from_str("13").unwrap()],
            indexes: vec![10, 12],
            amount: Money(20),
            status: ReservationStatus::Held,
            held_until: at(1000),
            created_at: at(0),
            paid_at: None,
            canceled_at: None,
            expired_at: None,
            queue_position: None,
            payment: None,
            request_fingerprint: None,
            version: 1,
        }
    }

    fn payment() -> PaymentId {
        PaymentId::new(UserId::new("1"), 7)
    }

    #[test]
    fn what_is_held_ends_in_one_way() {
        let held = held();
        let paid = held.pay(payment(), at(999)).unwrap();
        assert_each_eq!((paid.status_at(at(5000)), ReservationStatus::Paid), (paid.version, 2));
        assert_eq!(paid.pay(payment(), at(999)).unwrap_err().code, Code::AlreadyPaid);
        assert_eq!(paid.cancel(at(999)).unwrap_err().code, Code::CannotCancel);
        assert_eq!(paid.expire(at(5000)), paid);
        let canceled = held.cancel(at(999)).unwrap();
        assert_eq!(canceled.cancel(at(999)).unwrap_err().code, Code::AlreadyCanceled);
        assert_eq!(canceled.pay(payment(), at(999)).unwrap_err().code, Code::HoldExpired);
        assert_eq!(canceled.expire(at(5000)), canceled);
    }

    #[test]
    fn what_is_over_is_over_before_anybody_writes_it_down() {
        let held = held();
        assert_eq!(held.expire(at(999)), held);
        assert_eq!(held.status_at(at(1000)), ReservationStatus::Expired);
        for over in [held.clone(), held.expire(at(1000))] {
            assert_eq!(over.pay(payment(), at(1000)).unwrap_err().code, Code::HoldExpired);
            assert_eq!(over.cancel(at(1000)).unwrap_err().code, Code::CannotCancel);
        }
    }

    proptest! {
        #[test]
        fn a_reservation_leaves_held_once(steps in prop::collection::vec((0..3u8, 0..2000i64), 1..12)) {
            let mut now = held();
            for (step, ms) in steps {
                let next = match step {
                    0 => now.pay(payment(), at(ms)).ok(),
                    1 => now.cancel(at(ms)).ok(),
                    _ => Some(now.expire(at(ms))).filter(|next| *next != now),
                };
                if let Some(next) = next {
                    prop_assert_eq!(now.status, ReservationStatus::Held);
                    prop_assert_eq!(next.version, now.version + 1);
                    prop_assert_eq!(next.status == ReservationStatus::Expired, ms >= now.held_until.as_millis());
                    now = next;
                }
            }
        }
    }
}
