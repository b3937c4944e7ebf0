//! `GET /orders/{order_id}`: returns an order to its owner, operators and auditors.

use crate::services::orders::check_reader;
use axum::extract::State;
use dibs_http::{Done, Path, Route, SignedIn, axum, route};
use domain::Result;
use domain::ids::OrderId;
use runtime::App;

use crate::views::order::OrderView;

pub static ROUTE: Route = route!(
    /// Returns an order with its present status. `FORBIDDEN` means that it is another user's.
    GET ["/orders/{order_id}"] "deals-get-order" get_order,
    "Get one of your own orders or, as operator or auditor, the order of any user",
    [Forbidden]
);

async fn get_order(
    State(app): State<App>,
    caller: SignedIn,
    Path(id): Path<OrderId>,
) -> Result<Done<OrderView>> {
    check_reader(&caller, &id)?;
    let order = app.store().get_order(&id).await?;
    Ok(Done(OrderView::at(&order, app.now())))
}
