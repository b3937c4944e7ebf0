//! Response type for reservations.

use domain::Timestamp;
use domain::concerts::{Date, Reservation, ReservationStatus, SeatName};
use domain::ids::{ConcertId, PaymentId, ReservationId, UserId};
use schemars::JsonSchema;
use serde::Serialize;

/// Reservation of one or more seats on a date of a concert.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Reservation")]
pub struct ReservationView {
    /// Id of the reservation.
    pub id: ReservationId,
    /// Id of the user who reserved the seats.
    pub user_id: UserId,
    /// Id of the concert that the seats belong to.
    pub concert_id: ConcertId,
    /// Calendar day of the concert date, in the concert's time zone.
    pub date: Date,
    /// Names of the reserved seats, 1 to 4.
    pub seats: Vec<SeatName>,
    /// Total price of the seats, in whole units of the currency.
    pub amount: u64,
    /// Present status. A reservation that is not paid before `expires_at` is shown as expired.
    pub status: ReservationStatus,
    /// Time until which the seats are held for payment, in UTC.
    pub expires_at: Timestamp,
    /// Creation time of the reservation, in UTC.
    pub created_at: Timestamp,
    /// Time of the payment, in UTC; null until the reservation is paid.
    pub paid_at: Option<Timestamp>,
    /// Time of the cancellation, in UTC; null unless the reservation was canceled.
    pub canceled_at: Option<Timestamp>,
    /// Id of the payment that paid the reservation; null until it is paid.
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
            amount: reservation.amount.0,
            status: reservation.status_at(now),
            expires_at: reservation.held_until,
            created_at: reservation.created_at,
            paid_at: reservation.paid_at,
            canceled_at: reservation.canceled_at,
            payment_id: reservation.payment.clone(),
        }
    }
}
