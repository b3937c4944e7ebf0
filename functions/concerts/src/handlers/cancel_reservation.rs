//! `DELETE /reservations/{reservation_id}`: cancels the caller's reservation and releases its seats.

use axum::extract::State;
use dibs_http::{Done, NoBody, Path, Route, User, axum, route};
use domain::concerts::Reservation;
use domain::ids::ReservationId;
use domain::{BusyReason, Result};
use runtime::App;
use store::update_with_retry;

use crate::services::reservations::check_owner;
use crate::views::reservation::ReservationView;

pub static ROUTE: Route = route!(
    /// Cancels a reservation that is not paid; its seats are free at once. A repeat gets `ALREADY_CANCELED`.
    /// `FORBIDDEN` means that it is another user's.
    DELETE ["/reservations/{reservation_id}"] "concerts-cancel-reservation" cancel_reservation,
    "Cancel a reservation and free its seats at once",
    [AlreadyCanceled, CannotCancel]
);

async fn cancel_reservation(
    State(app): State<App>,
    user: User,
    Path(id): Path<ReservationId>,
    _: NoBody,
) -> Result<Done<ReservationView>> {
    check_owner(&user, &id)?;
    let (store, now) = (app.store(), app.now());
    let found = store.get_reservation(&id).await?;
    let end = |next: Reservation| async move { store.end_reservation(&next).await };
    let canceled = update_with_retry(BusyReason::Reservation, found, |there| there.cancel(now), end).await?;
    Ok(Done(ReservationView::at(&canceled, now)))
}
