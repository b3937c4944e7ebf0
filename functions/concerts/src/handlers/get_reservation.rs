//! `GET /reservations/{reservation_id}`: returns a reservation to its owner.

use crate::services::reservations::check_owner;
use axum::extract::State;
use dibs_http::{Done, Path, Route, User, axum, route};
use domain::Result;
use domain::ids::ReservationId;
use runtime::App;

use crate::views::reservation::ReservationView;

pub static ROUTE: Route = route!(
    /// Returns a reservation. `FORBIDDEN` means that it is another user's.
    GET ["/reservations/{reservation_id}"] "concerts-get-reservation" get_reservation,
    "Get one of your own reservations",
    []
);

async fn get_reservation(
    State(app): State<App>,
    user: User,
    Path(id): Path<ReservationId>,
) -> Result<Done<ReservationView>> {
    check_owner(&user, &id)?;
    let reservation = app.store().get_reservation(&id).await?;
    Ok(Done(ReservationView::at(&reservation, app.now())))
}
