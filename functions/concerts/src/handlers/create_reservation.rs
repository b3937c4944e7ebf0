//! `POST /concerts/{concert_id}/reservations`: holds 1 to 4 seats until they are paid.

use axum::extract::State;
use dibs_http::{Created, IdempotencyKey, Json, Path, QueueTokenHeader, Route, User, axum, route};
use domain::Result;
use domain::concerts::{Date, SeatName};
use domain::ids::{ConcertId, ReservationId, fingerprint};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::services::reservations::{RequestedSeats, ReservationRequest, reserve};
use crate::views::reservation::ReservationView;

pub static ROUTE: Route = route!(
    /// Holds the named seats, or a number of seats next to each other that dibs chooses, until
    /// `expires_at`. Pay them with `POST /payments` before then; otherwise they are free again. If a queue
    /// guards the concert, send the queue token in `X-Queue-Token`.
    POST ["/concerts/{concert_id}/reservations"] "concerts-create-reservation" create_reservation,
    "Reserve 1 to 4 seats, all or none, and hold them for payment",
    [
        EmailNotConfirmed,
        QueueTokenRequired,
        QueueTokenInvalid,
        QueueTokenExpired,
        DateInPast,
        InvalidSeatCount,
        RepeatedSeat,
        UnknownSeat,
        SeatTaken,
        SeatAlreadyYours,
        NoAdjacentSeats
    ]
);

/// Seats to reserve on one date: either `seats` by name, or a `count` of seats next to each other.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
#[schemars(rename = "SeatHold")]
pub enum NewReservation {
    /// Reservation of the named seats.
    Named(HoldByName),
    /// Reservation of a number of seats next to each other.
    Best(HoldByCount),
}

/// Reservation of seats by their names. Either all of them are held or none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SeatHoldByName")]
pub struct HoldByName {
    /// Calendar day of the concert date, in the concert's time zone.
    pub date: Date,
    /// Names of the seats, 1 to 4. Another number is refused with `INVALID_SEAT_COUNT`.
    #[schemars(length(max = 100))]
    pub seats: Vec<SeatName>,
}

/// Reservation of a number of free seats next to each other in one row, which dibs chooses.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "SeatHoldByCount")]
pub struct HoldByCount {
    /// Calendar day of the concert date, in the concert's time zone.
    pub date: Date,
    /// Number of seats, 1 to 4. Another number is refused with `INVALID_SEAT_COUNT`.
    #[schemars(range(min = 0, max = 100))]
    pub count: usize,
}

async fn create_reservation(
    State(app): State<App>,
    user: User,
    key: IdempotencyKey,
    token: QueueTokenHeader,
    Path(concert): Path<ConcertId>,
    Json { value: new, fingerprint: body }: Json<NewReservation>,
) -> Result<Created<ReservationView>> {
    user.check_email_confirmed(&app)?;
    let id = ReservationId::new(user.id.clone(), key.id(&app, &[user.id.as_str(), ROUTE.name]));
    let request_fingerprint = key.request_fingerprint(&fingerprint(&[concert.as_str(), &body]));
    let (date, wanted) = match new {
        NewReservation::Named(named) => (named.date, RequestedSeats::Seats(named.seats)),
        NewReservation::Best(best) => (best.date, RequestedSeats::Count(best.count)),
    };
    let reservation =
        reserve(&app, ReservationRequest { id, request_fingerprint, token, concert, date, wanted }).await?;
    Ok(Created(ReservationView::at(&reservation, app.now())))
}
