//! `GET /orders`: lists the caller's orders, or those of a user for operators and auditors.

use std::cmp::Reverse;

use axum::extract::State;
use domain::Error;
use domain::ids::UserId;
use domain::orders::Order;
use edge::{
    App, Cursor, Limit, Page, PageNumber, PageWith, Query, Result, Route, SignedIn, Turn, Whole, axum, route,
};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::views::order::OrderView;

pub static ROUTE: Route = route!(
    GET ["/orders"] "deals-list-orders" list_orders,
    "List one's own orders, or for operators and auditors those of a user, newest first",
    []
);

/// Maximum number of orders of a user that are read. No user has more, since each deal has few units.
const ORDERS_MAX: usize = 10_000;

/// Which page of whose orders.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Orders {
    /// Somebody else's are for operators and auditors.
    user_id: Option<UserId>,
    page: Option<PageNumber>,
    per_page: Option<Limit>,
    limit: Option<Limit>,
    cursor: Option<Cursor>,
}

async fn list_orders(
    State(app): State<App>,
    caller: SignedIn,
    Query(asked): Query<Orders>,
) -> Result<PageWith<OrderView, Whole>> {
    let user = asked.user_id.as_ref().unwrap_or(&caller.id);
    if *user != caller.id && !caller.reads_all() {
        return Err(Error::forbidden().into());
    }
    let turn = Turn { page: asked.page, per_page: asked.per_page, limit: asked.limit, cursor: asked.cursor };
    let place = |order: &Order| (Reverse(order.created_at), order.id.clone());
    let mut orders = app.store().orders_of(user, ORDERS_MAX).await?;
    orders.sort_by_key(place);
    let PageWith { page, meta } = turn.of(orders, place)?;
    let now = app.now();
    let entries = page.entries.iter().map(|order| OrderView::at(order, now)).collect();
    Ok(PageWith { page: Page { entries, next_cursor: page.next_cursor }, meta })
}
