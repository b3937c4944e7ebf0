//! `GET /concerts/{concert_id}`: returns a concert.

use axum::extract::State;
use dibs_http::{Done, Path, Route, SignedIn, axum, route};
use domain::Result;
use domain::ids::ConcertId;
use runtime::App;

use crate::views::concert::ConcertView;

pub static ROUTE: Route = route!(
    /// Returns a concert.
    GET ["/concerts/{concert_id}"] "concerts-get-concert" get_concert, "Get a concert", []
);

async fn get_concert(
    State(app): State<App>,
    _: SignedIn,
    Path(id): Path<ConcertId>,
) -> Result<Done<ConcertView>> {
    let concert = app.store().get_concert(&id).await?;
    Ok(Done((&concert).into()))
}
