//! `GET /reservations/{reservation_id}`: returns a reservation to its owner.

use axum::extract::State;
use domain::accounts::Role;
use domain::ids::ReservationId;
use domain::{Error, Result as DomainResult};
use edge::{App, Done, Path, Result, Route, User, about, axum, route};

use crate::views::reservation::ReservationView;

pub static ROUTE: Route = route!(
    GET ["/reservations/{reservation_id}"] "concerts-read-reservation" read_reservation,
    "Get one of your own reservations",
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

/// Checks that the reservation belongs to the caller, whether it exists or not. The id contains its owner.
///
/// # Errors
/// `FORBIDDEN` when it belongs to another user and the caller is not an administrator.
pub fn check_owner(user: &User, id: &ReservationId) -> DomainResult<()> {
    about(id);
    if *id.owner() == user.id || user.is(Role::Admin) { Ok(()) } else { Err(Error::forbidden()) }
}
