//! `GET /timedeals/{deal_id}/live`: returns the newest snapshot of a deal's stock.

use axum::extract::State;
use dibs_http::{Done, Path, Query, Route, Shared, axum, route};
use domain::Result;
use domain::ids::DealId;
use domain::live::LiveTopic;
use runtime::App;

use crate::services::topics::snapshot_cached;
use crate::views::{LiveDealStock, Since};

pub static ROUTE: Route = route!(
    /// Returns the state that subscribers of the topic `deals/{deal_id}/stock` have, with the same versions. With
    /// `since`, `data` is null if there is no newer one. The response is the same for every caller and may be
    /// shared by caches for a second.
    GET ["/timedeals/{deal_id}/live"] "live-get-deal-stock" get_deal_stock,
    "Poll the stock of a time deal, for clients without a live connection",
    []
)
.operation_ids(&["getLiveDealStock"]);

async fn get_deal_stock(
    State(app): State<App>,
    Path(id): Path<DealId>,
    Query(since): Query<Since>,
) -> Result<Shared<Done<LiveDealStock>>> {
    let state = snapshot_cached(&app, &LiveTopic::DealStock(id)).await?;
    Ok(Shared(Done(LiveDealStock { version: state.version, data: since.newer(&state) })))
}
