//! `GET /orders/{order_id}`: returns an order to its owner, operators and auditors.

use axum::extract::State;
use domain::ids::OrderId;
use domain::{Error, Result as DomainResult};
use edge::{App, Done, Path, Result, Route, SignedIn, about, axum, route};

use crate::views::order::OrderView;

pub static ROUTE: Route = route!(
    GET ["/orders/{order_id}"] "deals-read-order" read_order,
    "Get one of your own orders or, as operator or auditor, the order of any user",
    []
);

async fn read_order(
    State(app): State<App>,
    caller: SignedIn,
    Path(id): Path<OrderId>,
) -> Result<Done<OrderView>> {
    check_reader(&caller, &id)?;
    let order = app.store().order(&id).await?;
    Ok(Done(OrderView::at(&order, app.now())))
}

/// Checks that the caller may read the order, whether it exists or not. The id contains its owner.
///
/// # Errors
/// `FORBIDDEN` when it belongs to another user and the caller may read only their own orders.
pub fn check_reader(caller: &SignedIn, id: &OrderId) -> DomainResult<()> {
    about(id);
    if *id.owner() == caller.id || caller.reads_all() { Ok(()) } else { Err(Error::forbidden()) }
}
