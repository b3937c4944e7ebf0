//! `GET /orders`: lists the caller's orders, or those of a user for operators and auditors.

use std::cmp::Reverse;

use axum::extract::State;
use dibs_http::{
    Cursor, Limit, Page, PageInfo, PageNumber, PageRequest, PageWith, Query, Route, SignedIn, axum, route,
};
use domain::ids::{OrderId, UserId};
use domain::{Error, Result};
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use store::OrderListPosition;

use crate::views::order::OrderView;

pub static ROUTE: Route = route!(
    /// Returns orders by numbered page or by cursor, with totals in `meta`. `FORBIDDEN` means that
    /// `user_id` names another user and the caller has none of the roles OPERATOR, AUDITOR and ADMIN.
    GET ["/orders"] "deals-list-orders" list_orders,
    "List your own orders or, as operator or auditor, those of a user, newest first; numbered pages cover \
     the newest 1,000, and the cursor of the last page continues from there",
    [Forbidden]
);

/// Number of orders that are counted and that numbered pages reach.
const COUNTED_MAX: usize = 1_000;

/// Query of the list of orders: filter and the page to return.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Orders {
    /// Id of the user to list the orders of, by default the caller. Only operators and auditors may name
    /// another user.
    user_id: Option<UserId>,
    /// Number of the page to return, 1 to 1,000,000, by default 1. It cannot be combined with `limit` or
    /// `cursor`.
    page: Option<PageNumber>,
    /// Maximum number of entries of a numbered page, 1 to 100, by default 20. It cannot be combined with
    /// `limit` or `cursor`.
    per_page: Option<Limit>,
    /// Maximum number of entries to return in a list by cursor, 1 to 100, by default 20.
    limit: Option<Limit>,
    /// Value of `next_cursor` in the page before; absent for the first page.
    cursor: Option<Cursor>,
}

async fn list_orders(
    State(app): State<App>,
    caller: SignedIn,
    Query(asked): Query<Orders>,
) -> Result<PageWith<OrderView, PageInfo>> {
    let user = asked.user_id.as_ref().unwrap_or(&caller.id);
    if *user != caller.id && !caller.reads_all() {
        return Err(Error::forbidden());
    }
    let page_request =
        PageRequest { page: asked.page, per_page: asked.per_page, limit: asked.limit, cursor: asked.cursor };
    let after: Option<(Reverse<_>, Reverse<OrderId>)> = page_request.after()?;
    let after: Option<OrderListPosition> = after.map(|(at, id)| (at.0, id.0));
    let positions = app
        .store()
        .get_order_positions_eventual(user, after.as_ref(), page_request.read_max(COUNTED_MAX))
        .await?;
    let position = |(at, id): &OrderListPosition| (Reverse(*at), Reverse(id.clone()));
    let PageWith { page, meta } = page_request.of_first(positions, COUNTED_MAX, position)?;
    let ids: Vec<OrderId> = page.entries.into_iter().map(|(_, id)| id).collect();
    let now = app.now();
    let orders = app.store().get_orders_eventual(&ids).await?;
    let entries = orders.iter().map(|order| OrderView::at(order, now)).collect();
    Ok(PageWith { page: Page { entries, next_cursor: page.next_cursor }, meta })
}
