//! `GET /orders/{order_id}/events`: lists the events of an order, oldest first.

use axum::extract::State;
use dibs_http::{Done, Path, Route, SignedIn, axum, route};
use domain::Result;
use domain::ids::OrderId;
use domain::orders::shown;
use runtime::App;

use crate::services::orders::check_reader;
use crate::views::order::OrderEventView;

pub static ROUTE: Route = route!(
    /// Returns the log of an order: when it was made, paid, canceled or expired, and by whom. `FORBIDDEN` means
    /// that it is another user's.
    GET ["/orders/{order_id}/events"] "deals-list-order-events" list_order_events,
    "List the log entries of an order, oldest first",
    [Forbidden]
);

async fn list_order_events(
    State(app): State<App>,
    caller: SignedIn,
    Path(id): Path<OrderId>,
) -> Result<Done<Vec<OrderEventView>>> {
    check_reader(&caller, &id)?;
    let order = app.store().get_order(&id).await?.expire(app.now());
    Ok(Done(
        shown(&order.log)
            .into_iter()
            .map(|(number, event)| OrderEventView::of(number, event, &order))
            .collect(),
    ))
}
