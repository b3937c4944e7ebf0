//! `POST /orders`: reserves units of a time deal until they are paid.

use axum::extract::State;
use dibs_http::{Created, IdempotencyKey, Json, QueueTokenHeader, Route, User, axum, route};
use domain::Result;
use domain::ids::{DealId, OrderId};
use domain::orders::quantity;
use runtime::App;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Number;

use crate::services::orders::{OrderRequest, order};
use crate::views::order::OrderView;

pub static ROUTE: Route = route!(
    /// Holds the units until `expires_at`. Pay them with `POST /payments` or through the provider before
    /// then; otherwise they return to the stock. If a queue guards the deal, send the queue token in
    /// `X-Queue-Token`.
    POST ["/orders"] "deals-create-order" create_order,
    "Order 1 to 10 units of a time deal, all or none, and hold them for payment",
    [
        EmailNotConfirmed,
        NotFound,
        QueueTokenRequired,
        QueueTokenInvalid,
        QueueTokenExpired,
        InvalidQuantity,
        DealNotActive,
        InsufficientStock,
        Conflict
    ]
);

/// Order to place: units of one time deal, either all or none.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "OrderCreate")]
pub struct NewOrder {
    /// Id of the time deal to order from.
    pub time_deal_id: DealId,
    /// Number of units, a whole number from 1 to 10, by default 1. Another number is refused with
    /// `INVALID_QUANTITY`.
    #[serde(default = "one")]
    #[schemars(with = "f64")]
    pub quantity: Number,
}

async fn create_order(
    State(app): State<App>,
    user: User,
    key: IdempotencyKey,
    token: QueueTokenHeader,
    Json { value: new, fingerprint }: Json<NewOrder>,
) -> Result<Created<OrderView>> {
    user.check_email_confirmed(&app)?;
    let quantity = quantity(&new.quantity)?;
    let id = OrderId::new(user.id.clone(), key.id(&app, &[user.id.as_str(), ROUTE.name]));
    let request_fingerprint = key.request_fingerprint(&fingerprint);
    let made = order(&app, OrderRequest { id, request_fingerprint, token, deal: new.time_deal_id, quantity })
        .await?;
    Ok(Created(OrderView::at(&made, app.now())))
}

fn one() -> Number {
    Number::from(1)
}
