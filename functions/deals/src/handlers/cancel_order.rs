//! `DELETE /orders/{order_id}`: cancels the caller's unpaid order.

use axum::extract::State;
use dibs_http::{Done, NoBody, Path, Route, User, axum, route};
use domain::accounts::Role;
use domain::ids::OrderId;
use domain::orders::{Order, OrderEndReason};
use domain::{BusyReason, Error, Result};
use runtime::{App, add_entity};
use store::update_with_retry;

use crate::views::order::OrderView;

pub static ROUTE: Route = route!(
    /// Cancels an order that is not paid; its units return to the stock. A repeat gets `ALREADY_CANCELED`.
    /// `FORBIDDEN` means that it is another user's.
    DELETE ["/orders/{order_id}"] "deals-cancel-order" cancel_order,
    "Cancel an unpaid order and return its units to the stock",
    [AlreadyCanceled, CannotCancel]
);

async fn cancel_order(
    State(app): State<App>,
    user: User,
    Path(id): Path<OrderId>,
    _: NoBody,
) -> Result<Done<OrderView>> {
    add_entity(&id);
    if *id.owner() != user.id && !user.is(Role::Admin) {
        return Err(Error::forbidden());
    }
    let (store, now) = (app.store(), app.now());
    // An eventually consistent read suffices to start: a refusal based on it is final, and the write decides
    // otherwise.
    let found = match store.get_order_eventual(&id).await? {
        Some(found) => found,
        None => store.get_order(&id).await?,
    };
    let save = |next: Order| async move { store.save_order(&next).await };
    let cancel = |there: &Order| there.cancel(Some(user.id.clone()), OrderEndReason::Requested, now);
    let canceled = update_with_retry(BusyReason::Order, found, cancel, save).await?;
    Ok(Done(OrderView::at(&canceled, now)))
}
