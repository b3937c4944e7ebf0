//! `GET /timedeals/{deal_id}`: returns a time deal, at most a second old.

use axum::extract::State;
use dibs_http::{Done, Path, Route, Shared, axum, route};
use domain::Result;
use domain::ids::DealId;
use runtime::App;

use crate::views::deal::DealView;

pub static ROUTE: Route = route!(
    /// Returns a time deal with the units that are left. The response is the same for every caller and may be
    /// shared by caches.
    GET ["/timedeals/{deal_id}"] "deals-get-deal" get_deal,
    "Get a time deal, at most a second old",
    []
);

async fn get_deal(State(app): State<App>, Path(id): Path<DealId>) -> Result<Shared<Done<DealView>>> {
    let now = app.now();
    let found = app.store().get_deal_cached(&id, now).await?;
    Ok(Shared(Done(DealView::at(&found, now))))
}
