//! GET /reservations/{reservation_id}

use axum::extract::State;
use domain::accounts::Role;
use domain::ids::ReservationId;
use domain::{Error, Result as DomainResult};
use edge::{App, Done, Path, Result, Route, User, about, axum, route};

use crate::views::reservation::ReservationView;

/// The route.
pub static ROUTE: Route = route!(
    GET ["/reservations/{reservation_id}"] "concerts-read-reservation" read_reservation,
    "Read a reservation of one's own",
    []
);

async fn read_reservation(
    State(app): State<App>,
    user: User,
    Path(id): Path<ReservationId>,
) -> Result<Done<ReservationView>> {
    check_owner(&user, &id)?;
    let reservation = app.store().reservation(&id).await?;
    Ok(Done(ReservationView::at(&reservation, app.now())))
}

/// That the reservation is the caller's, whether it exists or not.
///
/// # Errors
/// `FORBIDDEN` when it is somebody else's and the caller no administrator.
pub fn check_owner(user: &User, id: &ReservationId) -> DomainResult<()> {
    about(id);
    if *id.owner() == user.id || user.is(Role::Admin) { Ok(()) } else { Err(Error::forbidden()) }
}
