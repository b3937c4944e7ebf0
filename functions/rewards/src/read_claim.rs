//! GET /events/requests/{request_id}

use axum::extract::State;
use domain::Error;
use domain::claims::Claim;
use edge::{App, Done, Path, Result, Route, SignedIn, about, axum, route};

use crate::views::claim::ClaimDetails;

/// The route.
pub static ROUTE: Route = route!(
    GET ["/events/requests/{request_id}"] "rewards-read-claim" read_claim,
    "Read a request with its lines, attempts, grants and audit",
    []
);

async fn read_claim(
    State(app): State<App>,
    caller: SignedIn,
    Path(id): Path<String>,
) -> Result<Done<ClaimDetails>> {
    let (user, campaign) = Claim::parse_id(&id).ok_or_else(|| Error::not_found("request"))?;
    about(&id);
    if user != caller.id && !caller.reads_all() {
        return Err(Error::forbidden().into());
    }
    let claim = app.store().claim(&user, &campaign).await?;
    Ok(Done((&claim).into()))
}
