//! Response type for reservations.

use domain::Timestamp;
use domain::concerts::{Date, Reservation, SeatName, Status};
use domain::ids::{ConcertId, PaymentId, ReservationId, UserId};
use schemars::JsonSchema;
use serde::Serialize;

/// A reservation.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Reservation")]
pub struct ReservationView {
    /// Its id.
    pub id: ReservationId,
    /// Whose it is.
    pub user_id: UserId,
    /// Of which concert.
    pub concert_id: ConcertId,
    /// On which day.
    pub date: Date,
    /// Its seats.
    pub seats: Vec<SeatName>,
    /// What they cost together.
    pub amount: u64,
    /// Where it stands now: what was not paid in time has expired.
    pub status: Status,
    /// Until when the seats are held.
    pub expires_at: Timestamp,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was paid.
    pub paid_at: Option<Timestamp>,
    /// When it was given up.
    pub canceled_at: Option<Timestamp>,
    /// What paid it.
    pub payment_id: Option<PaymentId>,
}

impl ReservationView {
    /// Builds the response for `reservation` with its status at `now`.
    pub fn at(reservation: &Reservation, now: Timestamp) -> Self {
        Self {
            id: reservation.id.clone(),
            user_id: reservation.id.owner().clone(),
            concert_id: reservation.concert_id.clone(),
            date: reservation.date,
            seats: reservation.seats.clone(),
            amount: reservation.amount,
            status: reservation.status_at(now),
            expires_at: reservation.held_until,
            created_at: reservation.created_at,
            paid_at: reservation.paid_at,
            canceled_at: reservation.canceled_at,
            payment_id: reservation.payment.clone(),
        }
    }
}
